/* Compiles a document in four passes: create the nodes, resolve the references, measure the heights,
 * select the checks.
 */
#include "schema/json_schema/json_schema.h"

#include "schema/json_schema/pattern.h"
#include "schema/json_schema/schema_check.h"
#include "schema/json_schema/schema_compiler.h"

#include <stdlib.h>

#define HEIGHT_MOST 32

/* The height of a schema is the longest chain of schemas that $ref, allOf, anyOf, oneOf, not, if,
 * then, else and dependentSchemas lead to while looking at one and the same value. Together with
 * the bound on an instance's nesting it bounds how deep validating recurses.
 */
static bool measure(struct schema_node *node, int depth);

static bool measure_one(struct schema_node *child, int depth, int *tallest)
{
    if (!child)
        return true;
    if (!measure(child, depth + 1))
        return false;
    if (child->height > *tallest)
        *tallest = child->height;
    return true;
}

static bool measure_list(const struct schema_list *list, int depth, int *tallest)
{
    for (size_t i = 0; i < list->count; i++)
        if (!measure_one(list->nodes[i], depth, tallest))
            return false;
    return true;
}

static bool measure_map(const struct schema_map *map, int depth, int *tallest)
{
    for (size_t i = 0; i < map->count; i++)
        if (!measure_one(map->nodes[i], depth, tallest))
            return false;
    return true;
}

/* False if the chain returns to itself or becomes too long. */
static bool measure(struct schema_node *node, int depth)
{
    if (node->height > 0)
        return true;
    if (depth > HEIGHT_MOST) /* as a circle is before long */
        return false;
    int tallest = 0;
    if (!measure_one(node->reference, depth, &tallest) ||
        !measure_list(&node->all_of, depth, &tallest) ||
        !measure_list(&node->any_of, depth, &tallest) ||
        !measure_list(&node->one_of, depth, &tallest) ||
        !measure_map(&node->dependent_schemas, depth, &tallest) ||
        !measure_one(node->negation, depth, &tallest) ||
        !measure_one(node->condition, depth, &tallest) ||
        !measure_one(node->consequence, depth, &tallest) ||
        !measure_one(node->alternative, depth, &tallest))
        return false;
    node->height = tallest + 1;
    return node->height <= HEIGHT_MOST;
}

static enum err check_heights(const struct json_schema *schema, struct error *error)
{
    for (size_t i = 0; i < schema->places.count; i++)
        if (!measure(schema->places.at[i].node, 0))
            return error_set(error, ERR_DEFINITION,
                             "keyword \"$ref\": a schema refers to itself for the same value, or "
                             "through more than %d others",
                             HEIGHT_MOST);
    return OK;
}

static enum err compile(struct json_schema *schema, struct error *error)
{
    struct schema_compiler compiler = {.schema = schema, .error = error};
    enum err err = schema_compile_node(&compiler, schema->document, &schema->root);
    if (!err)
        err = schema_reference_resolve(&compiler);
    if (!err)
        err = check_heights(schema, error);
    for (size_t i = 0; !err && i < schema->places.count; i++)
        schema_validate_prepare(schema->places.at[i].node);
    text_finish(&compiler.pointer);
    return err;
}

enum err json_schema_compile(json_t *document, struct json_schema **ret_schema, struct error *error)
{
    AUTO(json_schema) struct json_schema *schema = calloc(1, sizeof *schema);
    REQUIRE(schema);
    schema->document = json_incref(document);
    enum err err = compile(schema, error);
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
    struct schema_walk walk = {.instance = instance,
                               .validate = schema_validate,
                               .faults = faults,
                               .most = SCHEMA_WALK_SHORT};
    bool fits = schema_validate(schema->root, instance, NULL, &walk);
    schema_walk_finish(&walk);
    return fits && !walk.exhausted;
}
