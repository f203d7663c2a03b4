/* Creates and frees compiled schemas and lists of faults. schema_compile.c reads the keywords,
 * schema_validate.c asserts them.
 */
#include "schema/json_schema/json_schema.h"

#include "schema/json_schema/schema_node.h"

enum err json_schema_compile(json_t *document, struct json_schema **ret_schema, struct error *error)
{
    AUTO(json_schema) struct json_schema *schema = calloc(1, sizeof *schema);
    REQUIRE(schema);
    schema->document = json_incref(document);
    enum err err = schema_compile(schema, error);
    if (err)
        return err;
    *ret_schema = schema;
    schema = NULL;
    return OK;
}

void json_schema_destroy(struct json_schema *schema)
{
    if (!schema)
        return;
    for (size_t i = 0; i < schema->patterns.count; i++)
        pattern_destroy(schema->patterns.at[i]);
    free(schema->patterns.at);
    free(schema->places.at);
    arena_finish(&schema->arena);
    json_decref(schema->document);
    free(schema);
}

bool json_schema_validate(const struct json_schema *schema, const json_t *instance,
                          struct schema_faults *faults)
{
    struct schema_walk walk = {.instance = instance, .faults = faults, .most = SCHEMA_WALK_SHORT};
    bool fits = schema_validate(schema->root, instance, NULL, &walk);
    schema_walk_finish(&walk);
    return fits && !walk.exhausted;
}

void schema_faults_finish(struct schema_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        free(faults->fault[i].pointer);
        free(faults->fault[i].detail);
    }
    *faults = (struct schema_faults){0};
}
