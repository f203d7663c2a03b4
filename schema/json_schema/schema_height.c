/* The height of a schema is the longest chain of schemas that $ref, allOf, anyOf, oneOf, not, if,
 * then, else and dependentSchemas lead to while looking at one and the same value. Together with
 * the bound on an instance's nesting it bounds how deep validating recurses.
 */
#include "schema/json_schema/schema_node.h"

#define HEIGHT_MOST 32

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

/* False if it comes back to itself or grows too tall. */
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

enum err schema_height_check(const struct json_schema *schema, struct error *error)
{
    for (size_t i = 0; i < schema->place_count; i++)
        if (!measure(schema->places[i].node, 0))
            return error_set(error, ERR_DEFINITION,
                             "keyword \"$ref\": a schema refers to itself for the same value, or "
                             "through more than %d others",
                             HEIGHT_MOST);
    return OK;
}
