/* Keywords whose values are schemas: one schema, an array, or an object of them by name. Objects
 * are sorted, so that a member's schema is found by bisection. */
#include "schema/json_schema/schema_compiler.h"

#include <stdio.h>

enum err schema_applicator_read_one(struct schema_compiler *compiler, const char *keyword,
                                    const json_t *value, void *field)
{
    (void)keyword;
    return schema_compile_node(compiler, value, field);
}

static size_t step_in_index(struct schema_compiler *compiler, size_t index)
{
    char name[24];
    snprintf(name, sizeof name, "%zu", index);
    return schema_compile_step_in(compiler, name);
}

enum err schema_applicator_read_list(struct schema_compiler *compiler, const char *keyword,
                                     const json_t *value, void *field)
{
    struct schema_list *list = field;
    if (!json_is_array(value) || json_array_size(value) == 0)
        return schema_compile_refuse(compiler, keyword,
                                     "must be an array of schemas that is not empty");
    list->count = json_array_size(value);
    list->nodes = schema_compile_allocate(compiler, list->count, sizeof *list->nodes);
    for (size_t i = 0; i < list->count; i++) {
        size_t outside = step_in_index(compiler, i);
        enum err err = schema_compile_node(compiler, json_array_get(value, i), &list->nodes[i]);
        if (err)
            return err;
        schema_compile_step_out(compiler, outside);
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
        schema_compile_allocate(compiler, json_object_size(object) + 1, sizeof *map->names);
    map->nodes =
        schema_compile_allocate(compiler, json_object_size(object) + 1, sizeof *map->nodes);
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)object, name, value)
        map->names[map->count++] = name;
    qsort(map->names, map->count, sizeof *map->names, compare_names);
}

enum err schema_applicator_read_map(struct schema_compiler *compiler, const char *keyword,
                                    const json_t *value, void *field)
{
    struct schema_map *map = field;
    if (!json_is_object(value))
        return schema_compile_refuse(compiler, keyword, "must be an object of schemas");
    sort_names(compiler, value, map);
    for (size_t i = 0; i < map->count; i++) {
        size_t outside = schema_compile_step_in(compiler, map->names[i]);
        enum err err =
            schema_compile_node(compiler, json_object_get(value, map->names[i]), &map->nodes[i]);
        if (err)
            return err;
        schema_compile_step_out(compiler, outside);
    }
    return OK;
}

enum err schema_applicator_read_pattern_map(struct schema_compiler *compiler, const char *keyword,
                                            const json_t *value, void *field)
{
    struct schema_map *map = field;
    enum err err = schema_applicator_read_map(compiler, keyword, value, map);
    if (err)
        return err;
    map->patterns = schema_compile_allocate(compiler, map->count + 1, sizeof *map->patterns);
    for (size_t i = 0; i < map->count && !err; i++)
        err = schema_keyword_read_pattern(compiler, keyword, map->names[i], &map->patterns[i]);
    return err;
}
