/* $ref: noted while the document is read, resolved when every schema in it has its node. A target
 * is a URI reference to a resource of this document (schema_resource.c), and in it, by the
 * fragment, an $anchor or a JSON Pointer to a schema. Other documents are never read. */
#include "base/json.h"
#include "base/list.h"
#include "schema/json_schema/json_pointer.h"
#include "schema/json_schema/schema_compiler.h"

struct schema_reference {
    struct schema_node **field;
    const char *target, *base;
    struct schema_reference *next, *previous;
    char at[]; /* the pointer of its keyword */
};

enum err schema_reference_read(struct schema_compiler *compiler, const char *keyword,
                               const json_t *value, void *field)
{
    if (!json_is_string(value))
        return schema_keyword_refuse(compiler, keyword, "must be a string");
    struct slice at = text_slice(&compiler->pointer);
    struct schema_reference *reference =
        schema_keyword_allocate(compiler, 1, sizeof *reference + at.length + 1);
    reference->field = field;
    reference->target = json_string_value(value);
    reference->base = compiler->resource->uri;
    memcpy(reference->at, at.at, at.length);
    LIST_PREPEND(&compiler->references, reference);
    return OK;
}

static const json_t *step(const json_t *json, const char *segment)
{
    int64_t index;
    if (json_is_object(json))
        return json_object_get(json, segment);
    if (json_is_array(json) && slice_read_int(slice_of(segment), &index) && index >= 0)
        return json_array_get(json, (size_t)index);
    return NULL;
}

/* The target of the reference; NULL if not found. */
static const json_t *follow(const struct schema_compiler *compiler,
                            const struct schema_reference *reference)
{
    AUTO(text) struct text fragment = {0};
    text_add(&fragment, "");
    const struct schema_resource *resource =
        schema_resource_find(compiler, reference->base, reference->target, &fragment);
    if (!resource)
        return NULL;
    if (fragment.length && fragment.at[0] != '/')
        return schema_resource_anchor(compiler, resource, fragment.at);
    const json_t *json = resource->json;
    char *rest = fragment.length ? fragment.at + 1 : NULL; /* behind the first slash */
    while (rest && json)
        json = step(json, json_pointer_take(&rest));
    return json;
}

static int compare_places(const void *left, const void *right)
{
    const struct schema_place *a = left, *b = right;
    return (a->json > b->json) - (a->json < b->json);
}

/* Jansson shares the values `true` and `false` between many places; any of their nodes will do. */
static struct schema_node *find_node(const struct json_schema *schema, const json_t *json)
{
    const struct schema_place *place =
        bsearch(&(struct schema_place){.json = json}, schema->places.at, schema->places.count,
                sizeof *schema->places.at, compare_places);
    return place ? place->node : NULL;
}

enum err schema_reference_resolve(struct schema_compiler *compiler)
{
    struct json_schema *schema = compiler->schema;
    qsort(schema->places.at, schema->places.count, sizeof *schema->places.at, compare_places);
    for (struct schema_reference *r = compiler->references.first; r; r = r->next) {
        const json_t *json = follow(compiler, r);
        *r->field = json ? find_node(schema, json) : NULL;
        if (!*r->field)
            return error_set(compiler->error, ERR_DEFINITION,
                             "at \"%.300s\": keyword \"$ref\": \"%.200s\" is not a schema in this "
                             "document; other documents are not read",
                             r->at, r->target);
    }
    return OK;
}

const json_t *schema_reference_target(const struct json_schema *schema, const json_t *json)
{
    const struct schema_node *node = json_is_object(json) ? find_node(schema, json) : NULL;
    for (size_t i = 0; node && node->reference && i < schema->places.count; i++)
        if (schema->places.at[i].node == node->reference)
            return schema->places.at[i].json;
    return NULL;
}
