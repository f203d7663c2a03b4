/* $id and $anchor: addresses of parts of a document. A schema with an $id begins a resource, whose
 * URI is the base of the references inside it; an $anchor names a schema within its resource. Both
 * name parts of this document; nothing is fetched. */
#include "base/encoding.h"
#include "base/list.h"
#include "schema/json_schema/schema_compiler.h"

#include <ctype.h>

static const struct schema_resource *find_resource(const struct schema_compiler *compiler,
                                                   const char *uri)
{
    for (const struct schema_resource *r = compiler->resources.first; r; r = r->next)
        if (strcmp(r->uri, uri) == 0)
            return r;
    return NULL;
}

static const char *base_of(const struct schema_compiler *compiler)
{
    return compiler->resource ? compiler->resource->uri : "";
}

/* The resource's URI: its $id, resolved against the enclosing resource. */
static void resolve_id(const struct schema_compiler *compiler, const json_t *id, struct text *out)
{
    text_add(out, "");
    if (json_is_string(id)) /* else the keyword is rejected when it is read */
        uri_reference_resolve(slice_of(base_of(compiler)), slice_of(json_string_value(id)), out);
}

enum err schema_resource_enter(struct schema_compiler *compiler, const json_t *json)
{
    const json_t *id = json_object_get(json, "$id");
    if (!id && compiler->resource)
        return OK;
    AUTO(text) struct text uri = {0};
    resolve_id(compiler, id, &uri);
    if (compiler->resource && find_resource(compiler, uri.at))
        return schema_keyword_refuse(compiler, "$id", "is that of another schema in this document");
    struct schema_resource *resource = schema_keyword_allocate(compiler, 1, sizeof *resource);
    resource->uri = arena_copy(&compiler->schema->arena, text_slice(&uri)).at;
    resource->json = json;
    LIST_PREPEND(&compiler->resources, resource);
    compiler->resource = resource;
    return OK;
}

enum err schema_resource_read_id(struct schema_compiler *compiler, const char *keyword,
                                 const json_t *value, void *field)
{
    (void)field;
    if (!json_is_string(value))
        return schema_keyword_refuse(compiler, keyword, "must be a string");
    const char *fragment = strchr(json_string_value(value), '#');
    if (fragment && fragment[1])
        return schema_keyword_refuse(compiler, keyword, "must have no fragment; see $anchor");
    return OK;
}

static bool is_anchor(const char *name)
{
    if (!isascii(name[0]) || (!isalpha(name[0]) && name[0] != '_'))
        return false;
    for (; *name; name++)
        if (!isascii(*name) || (!isalnum(*name) && !strchr("-._", *name)))
            return false;
    return true;
}

const json_t *schema_resource_anchor(const struct schema_compiler *compiler,
                                     const struct schema_resource *resource, const char *name)
{
    for (const struct schema_anchor *a = compiler->anchors.first; a; a = a->next)
        if (a->resource == resource && strcmp(a->name, name) == 0)
            return a->json;
    return NULL;
}

enum err schema_resource_read_anchor(struct schema_compiler *compiler, const char *keyword,
                                     const json_t *value, void *field)
{
    (void)field;
    const char *name = json_is_string(value) ? json_string_value(value) : "";
    if (!is_anchor(name))
        return schema_keyword_refuse(compiler, keyword,
                                     "must be a letter or _ and then letters, digits and . _ -");
    if (schema_resource_anchor(compiler, compiler->resource, name))
        return schema_keyword_refuse(compiler, keyword, "must be unique in its schema resource");
    struct schema_anchor *anchor = schema_keyword_allocate(compiler, 1, sizeof *anchor);
    *anchor = (struct schema_anchor){compiler->resource, name, compiler->json, NULL, NULL};
    LIST_PREPEND(&compiler->anchors, anchor);
    return OK;
}

const struct schema_resource *schema_resource_find(const struct schema_compiler *compiler,
                                                   const char *base, const char *reference,
                                                   struct text *ret_fragment)
{
    AUTO(text) struct text uri = {0};
    text_add(&uri, "");
    struct slice fragment = uri_reference_resolve(slice_of(base), slice_of(reference), &uri);
    if (!encoding_read_percent(fragment, false, ret_fragment))
        return NULL;
    return find_resource(compiler, uri.at);
}
