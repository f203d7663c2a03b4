/* Walks a schema document and makes a node of every schema in it. What a keyword's value must be
 * stands in schema_keyword.c and its neighbours.
 */
#include "base/json.h"
#include "schema/json_schema/schema_compiler.h"

enum err schema_compile_refuse(struct schema_compiler *compiler, const char *keyword,
                               const char *must)
{
    return error_set(compiler->error, ERR_DEFINITION, "at \"%.300s\": keyword \"%.100s\" %s",
                     text_slice(&compiler->pointer).at, keyword, must);
}

size_t schema_compile_step_in(struct schema_compiler *compiler, const char *name)
{
    size_t outside = compiler->pointer.length;
    schema_fault_add_segment(&compiler->pointer, name);
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

static void keep_place(struct json_schema *schema, const json_t *json, struct schema_node *node)
{
    if (schema->place_count == schema->place_capacity) {
        schema->place_capacity = schema->place_capacity ? schema->place_capacity * 2 : 32;
        schema->places =
            reallocarray(schema->places, schema->place_capacity, sizeof *schema->places);
        REQUIRE(schema->places);
    }
    schema->places[schema->place_count++] = (struct schema_place){json, node};
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
    keep_place(compiler->schema, json, node);
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

enum err schema_compile(struct json_schema *schema, struct error *error)
{
    struct schema_compiler compiler = {.schema = schema, .error = error};
    enum err err = schema_compile_node(&compiler, schema->document, &schema->root);
    if (!err)
        err = schema_reference_resolve(&compiler);
    for (size_t i = 0; !err && i < schema->place_count; i++)
        schema_validate_prepare(schema->places[i].node);
    text_finish(&compiler.pointer);
    return err;
}
