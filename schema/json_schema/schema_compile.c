/* Creates a node for every schema in the document, and reads its keywords into the node. Keywords that
 * hold no schema are read by schema_keyword.c, $id and $anchor by schema_resource.c, $ref by
 * schema_reference.c. */
#include "base/array.h"
#include "base/json.h"
#include "schema/json_schema/schema_compiler.h"

#include <stdio.h>
#include <stdlib.h>

/* --- keywords whose values are schemas ----------------------------------------------------------
 *
 * One schema, an array, or an object of them by name. Objects are sorted, so that a member's schema
 * is found by bisection. */

static enum err read_one(struct schema_compiler *compiler, const char *keyword, const json_t *value,
                         void *field)
{
    (void)keyword;
    return schema_compile_node(compiler, value, field);
}

static size_t step_in_index(struct schema_compiler *compiler, size_t index)
{
    char name[24];
    snprintf(name, sizeof name, "%zu", index);
    return schema_keyword_step_in(compiler, name);
}

static enum err read_list(struct schema_compiler *compiler, const char *keyword,
                          const json_t *value, void *field)
{
    struct schema_list *list = field;
    if (!json_is_array(value) || json_array_size(value) == 0)
        return schema_keyword_refuse(compiler, keyword, "must be a non-empty array of schemas");
    list->count = json_array_size(value);
    list->nodes = schema_keyword_allocate(compiler, list->count, sizeof *list->nodes);
    for (size_t i = 0; i < list->count; i++) {
        size_t outside = step_in_index(compiler, i);
        enum err err = schema_compile_node(compiler, json_array_get(value, i), &list->nodes[i]);
        if (err)
            return err;
        schema_keyword_step_out(compiler, outside);
    }
    return OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_names(struct schema_compiler *compiler, const json_t *object,
                       struct schema_map *map)
{
    map->names =
        schema_keyword_allocate(compiler, json_object_size(object) + 1, sizeof *map->names);
    map->nodes =
        schema_keyword_allocate(compiler, json_object_size(object) + 1, sizeof *map->nodes);
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)object, name, value)
        map->names[map->count++] = name;
    qsort(map->names, map->count, sizeof *map->names, compare_names);
}

static enum err read_map(struct schema_compiler *compiler, const char *keyword, const json_t *value,
                         void *field)
{
    struct schema_map *map = field;
    if (!json_is_object(value))
        return schema_keyword_refuse(compiler, keyword, "must be an object of schemas");
    sort_names(compiler, value, map);
    for (size_t i = 0; i < map->count; i++) {
        size_t outside = schema_keyword_step_in(compiler, map->names[i]);
        enum err err =
            schema_compile_node(compiler, json_object_get(value, map->names[i]), &map->nodes[i]);
        if (err)
            return err;
        schema_keyword_step_out(compiler, outside);
    }
    return OK;
}

static enum err read_pattern_map(struct schema_compiler *compiler, const char *keyword,
                                 const json_t *value, void *field)
{
    struct schema_map *map = field;
    enum err err = read_map(compiler, keyword, value, map);
    if (err)
        return err;
    map->patterns = schema_keyword_allocate(compiler, map->count + 1, sizeof *map->patterns);
    for (size_t i = 0; i < map->count && !err; i++)
        err = schema_keyword_add_pattern(compiler, keyword, map->names[i], &map->patterns[i]);
    return err;
}

/* --- the table of keywords ----------------------------------------------------------------------
 *
 * A keyword that is not in the table is rejected by name, so that no rule looks as if it were checked
 * but is not. */

struct schema_keyword {
    const char *name;
    schema_read_fn *read;
    size_t field; /* offset in struct schema_node */
};

#define FIELD(member) offsetof(struct schema_node, member)

static const struct schema_keyword keywords[] = {
    {"type", schema_keyword_read_type, FIELD(types)},
    {"enum", schema_keyword_read_enumeration, FIELD(enumeration)},
    {"const", schema_keyword_read_value, FIELD(constant)},
    {"minimum", schema_keyword_read_number, FIELD(minimum)},
    {"maximum", schema_keyword_read_number, FIELD(maximum)},
    {"exclusiveMinimum", schema_keyword_read_number, FIELD(exclusive_minimum)},
    {"exclusiveMaximum", schema_keyword_read_number, FIELD(exclusive_maximum)},
    {"multipleOf", schema_keyword_read_divisor, FIELD(multiple_of)},
    {"minLength", schema_keyword_read_count, FIELD(characters.least)},
    {"maxLength", schema_keyword_read_count, FIELD(characters.most)},
    {"pattern", schema_keyword_read_pattern, FIELD(pattern)},
    {"format", schema_keyword_read_format, FIELD(format)},
    {"minItems", schema_keyword_read_count, FIELD(item_count.least)},
    {"maxItems", schema_keyword_read_count, FIELD(item_count.most)},
    {"uniqueItems", schema_keyword_read_flag, FIELD(unique_items)},
    {"prefixItems", read_list, FIELD(prefix_items)},
    {"items", read_one, FIELD(items)},
    {"contains", read_one, FIELD(contains)},
    {"minContains", schema_keyword_read_count, FIELD(contains_count.least)},
    {"maxContains", schema_keyword_read_count, FIELD(contains_count.most)},
    {"minProperties", schema_keyword_read_count, FIELD(member_count.least)},
    {"maxProperties", schema_keyword_read_count, FIELD(member_count.most)},
    {"properties", read_map, FIELD(properties)},
    {"patternProperties", read_pattern_map, FIELD(pattern_properties)},
    {"additionalProperties", read_one, FIELD(additional_properties)},
    {"required", schema_keyword_read_required, FIELD(required)},
    {"dependentRequired", schema_keyword_read_dependent_required, FIELD(dependent_required)},
    {"dependentSchemas", read_map, FIELD(dependent_schemas)},
    {"propertyNames", read_one, FIELD(property_names)},
    {"allOf", read_list, FIELD(all_of)},
    {"anyOf", read_list, FIELD(any_of)},
    {"oneOf", read_list, FIELD(one_of)},
    {"not", read_one, FIELD(negation)},
    {"if", read_one, FIELD(condition)},
    {"then", read_one, FIELD(consequence)},
    {"else", read_one, FIELD(alternative)},
    {"$ref", schema_reference_read, FIELD(reference)},
    {"$defs", read_map, FIELD(definitions)},
    {"$schema", schema_keyword_read_draft, 0},
    {"$id", schema_resource_read_id, 0},
    {"$anchor", schema_resource_read_anchor, 0},
    {"$comment", schema_keyword_read_annotation, 0},
    {"title", schema_keyword_read_annotation, 0},
    {"description", schema_keyword_read_annotation, 0},
    {"examples", schema_keyword_read_annotation, 0},
    {"default", schema_keyword_read_annotation, 0},
    {"deprecated", schema_keyword_read_annotation, 0},
};

#define KEYWORD_COUNT (sizeof keywords / sizeof *keywords)

static const struct schema_keyword *find_keyword(const char *name)
{
    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        if (strcmp(keywords[i].name, name) == 0)
            return &keywords[i];
    return NULL;
}

static const char *nearest_keyword(const char *name)
{
    const char *names[KEYWORD_COUNT];
    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        names[i] = keywords[i].name;
    return slice_nearest(slice_of(name), names, KEYWORD_COUNT);
}

/* --- schemas ------------------------------------------------------------------------------------ */

static enum err refuse_unknown(struct schema_compiler *compiler, const char *name)
{
    const char *nearest = nearest_keyword(name);
    if (!nearest)
        return schema_keyword_refuse(compiler, name, "is not supported");
    return error_set(compiler->error, ERR_DEFINITION,
                     "at \"%.300s\": keyword \"%.100s\" is not supported; did you mean \"%s\"?",
                     text_slice(&compiler->pointer).at, name, nearest);
}

static enum err read_keyword(struct schema_compiler *compiler, const char *name,
                             const json_t *value, struct schema_node *node)
{
    const struct schema_keyword *keyword = find_keyword(name);
    if (!keyword)
        return refuse_unknown(compiler, name);
    size_t outside = schema_keyword_step_in(compiler, name);
    enum err err = keyword->read(compiler, name, value, (char *)node + keyword->field);
    schema_keyword_step_out(compiler, outside);
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
    struct schema_node *node = schema_keyword_allocate(compiler, 1, sizeof *node);
    node->characters.most = node->item_count.most = node->member_count.most = SIZE_MAX;
    node->contains_count = (struct schema_bounds){1, SIZE_MAX};
    node->never = json_is_false(json);
    *ARRAY_ADD(&compiler->schema->places) = (struct schema_place){json, node};
    *ret_node = node;
    if (json_is_boolean(json))
        return OK;
    if (!json_is_object(json))
        return error_set(compiler->error, ERR_DEFINITION,
                         "at \"%.300s\": a schema must be an object, true or false",
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
