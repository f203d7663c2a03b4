/* The door to JSON Schema: holding a compiled schema and giving it back. What keywords mean stands
 * in schema_compile.c (reading them) and schema_validate.c (asking them).
 */
#include "schema/json_schema/json_schema.h"

#include "schema/json_schema/schema_node.h"

enum err json_schema_compile(json_t *document, struct json_schema **ret_schema, struct error *error)
{
    AUTO(json_schema) struct json_schema *schema = calloc(1, sizeof *schema);
    REQUIRE(schema);
    schema->document = json_incref(document);
    enum err err = schema_compile(schema, error);
    if (!err)
        err = schema_height_check(schema, error);
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
    for (size_t i = 0; i < schema->pattern_count; i++)
        pattern_destroy(schema->patterns[i]);
    free(schema->patterns);
    free(schema->places);
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
