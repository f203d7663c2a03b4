/* $ref: noted while the document is read, resolved when every schema in it has its node. A target
 * is a JSON Pointer as a URI fragment (percent-encoded) to a place that is a schema; other
 * documents are never looked at.
 */
#include "base/json.h"
#include "schema/schema_compiler.h"

struct schema_reference {
    struct schema_node **field;
    const char *target; /* behind the # */
    struct schema_reference *next;
    char at[]; /* the pointer of its keyword */
};

enum err schema_reference_read(struct schema_compiler *compiler, const char *keyword,
                               const json_t *value, void *field)
{
    const char *target = json_is_string(value) ? json_string_value(value) : "";
    if (target[0] != '#' || (target[1] != '\0' && target[1] != '/'))
        return schema_compile_refuse(compiler, keyword, "must be \"#\" or begin with \"#/\"");
    struct slice at = text_slice(&compiler->pointer);
    struct schema_reference *reference =
        schema_compile_allocate(compiler, 1, sizeof *reference + at.length + 1);
    reference->field = field;
    reference->target = target + 1;
    reference->next = compiler->references;
    memcpy(reference->at, at.at, at.length);
    compiler->references = reference;
    return OK;
}

/* Undoes ~1 and ~0 in place. */
static void unescape(char *segment)
{
    char *to = segment;
    for (const char *from = segment; *from; from++) {
        *to = *from;
        if (*from == '~' && (from[1] == '0' || from[1] == '1'))
            *to = *++from == '0' ? '~' : '/';
        to++;
    }
    *to = '\0';
}

static const json_t *step(const json_t *json, const char *segment)
{
    int64_t index;
    if (json_is_object(json))
        return json_object_get(json, segment);
    if (json_is_array(json) && text_read_int(slice_of(segment), &index) && index >= 0)
        return json_array_get(json, (size_t)index);
    return NULL;
}

/* What the pointer leads to; NULL if nothing. */
static const json_t *follow(const json_t *document, const char *fragment)
{
    AUTO(text) struct text decoded = {0};
    if (!text_percent_decode(slice_of(fragment), false, &decoded))
        return NULL;
    const json_t *json = document;
    char *rest = decoded.length ? decoded.at + 1 : NULL; /* behind the first slash */
    while (rest && json) {
        char *segment = strsep(&rest, "/");
        unescape(segment);
        json = step(json, segment);
    }
    return json;
}

static int compare_places(const void *left, const void *right)
{
    const struct schema_place *a = left, *b = right;
    return (a->json > b->json) - (a->json < b->json);
}

/* The schemas `true` and `false` stand in many places as one value; any of their nodes will do. */
static struct schema_node *find_node(const struct json_schema *schema, const json_t *json)
{
    const struct schema_place *place =
        bsearch(&(struct schema_place){.json = json}, schema->places, schema->place_count,
                sizeof *schema->places, compare_places);
    return place ? place->node : NULL;
}

enum err schema_reference_resolve(struct schema_compiler *compiler)
{
    struct json_schema *schema = compiler->schema;
    qsort(schema->places, schema->place_count, sizeof *schema->places, compare_places);
    for (struct schema_reference *r = compiler->references; r; r = r->next) {
        const json_t *json = follow(schema->document, r->target);
        *r->field = json ? find_node(schema, json) : NULL;
        if (!*r->field)
            return error_set(compiler->error, ERR_DEFINITION,
                             "at \"%.300s\": keyword \"$ref\": \"#%.200s\" is no schema in this "
                             "document",
                             r->at, r->target);
    }
    return OK;
}
