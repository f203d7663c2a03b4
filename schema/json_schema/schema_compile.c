/* Walks a schema document and creates a node for every schema in it. schema_keyword.c and the files
 * that it names read the values of the keywords. */
#include "base/array.h"
#include "base/json.h"
#include "schema/json_schema/json_pointer.h"
#include "schema/json_schema/schema_compiler.h"

#define HEIGHT_MOST 32

enum err schema_compile_refuse(struct schema_compiler *compiler, const char *keyword,
                               const char *must)
{
    return error_set(compiler->error, ERR_DEFINITION, "at \"%.300s\": keyword \"%.100s\" %s",
                     text_slice(&compiler->pointer).at, keyword, must);
}

size_t schema_compile_step_in(struct schema_compiler *compiler, const char *name)
{
    size_t outside = compiler->pointer.length;
    json_pointer_add(&compiler->pointer, name);
    return outside;
}

void schema_compile_step_out(struct schema_compiler *compiler, size_t outside)
{
    compiler->pointer.length = outside;
    text_reserve(&compiler->pointer, 0)[0] = '\0';
}

void *schema_compile_allocate(struct schema_compiler *compiler, size_t count, size_t size)
{
    void *memory = arena_allocate(&compiler->schema->arena, count * size);
    memset(memory, 0, count * size);
    return memory;
}

static enum err refuse_unknown(struct schema_compiler *compiler, const char *name)
{
    const char *nearest = schema_keyword_nearest(name);
    if (!nearest)
        return schema_compile_refuse(compiler, name, "is not supported");
    return error_set(compiler->error, ERR_DEFINITION,
                     "at \"%.300s\": keyword \"%.100s\" is not supported; did you mean \"%s\"?",
                     text_slice(&compiler->pointer).at, name, nearest);
}

static enum err read_keyword(struct schema_compiler *compiler, const char *name,
                             const json_t *value, struct schema_node *node)
{
    const struct schema_keyword *keyword = schema_keyword_find(name);
    if (!keyword)
        return refuse_unknown(compiler, name);
    size_t outside = schema_compile_step_in(compiler, name);
    enum err err = keyword->read(compiler, name, value, (char *)node + keyword->field);
    schema_compile_step_out(compiler, outside);
    return err;
}

static enum err read_keywords(struct schema_compiler *compiler, const json_t *json,
                              struct schema_node *node)
{
    if (++compiler->depth > JSON_DEEPEST)
        return error_set(compiler->error, ERR_DEFINITION, "nested deeper than %d levels",
                         JSON_DEEPEST);
    enum err err = OK;
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)json, name, value) {
        err = read_keyword(compiler, name, value, node);
        if (err)
            break;
    }
    compiler->depth--;
    return err;
}

enum err schema_compile_node(struct schema_compiler *compiler, const json_t *json,
                             struct schema_node **ret_node)
{
    struct schema_node *node = schema_compile_allocate(compiler, 1, sizeof *node);
    node->characters.most = node->item_count.most = node->member_count.most = SIZE_MAX;
    node->contains_count = (struct schema_bounds){1, SIZE_MAX};
    node->never = json_is_false(json);
    *ARRAY_ADD(&compiler->schema->places) = (struct schema_place){json, node};
    *ret_node = node;
    if (json_is_boolean(json))
        return OK;
    if (!json_is_object(json))
        return error_set(compiler->error, ERR_DEFINITION,
                         "at \"%.300s\": a schema is an object, true or false",
                         text_slice(&compiler->pointer).at);
    const json_t *outer = compiler->json;
    const struct schema_resource *around = compiler->resource;
    enum err err = schema_resource_enter(compiler, json);
    compiler->json = json;
    if (!err)
        err = read_keywords(compiler, json, node);
    compiler->json = outer;
    compiler->resource = around;
    return err;
}

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

enum err schema_compile(struct json_schema *schema, struct error *error)
{
    struct schema_compiler compiler = {.schema = schema, .error = error};
    enum err err = schema_compile_node(&compiler, schema->document, &schema->root);
    if (!err)
        err = schema_reference_resolve(&compiler);
    for (size_t i = 0; !err && i < schema->places.count; i++)
        schema_validate_prepare(schema->places.at[i].node);
    text_finish(&compiler.pointer);
    return err ? err : check_heights(schema, error);
}
