/* A sorted array: names are few and never change while the process runs. */
#include "read_model/query/read_names.h"

static void add(struct read_names *names, const char *name, size_t model, size_t index)
{
    names->entries = realloc(names->entries, (names->count + 1) * sizeof *names->entries);
    REQUIRE(names->entries);
    names->entries[names->count++] = (struct read_name){name, model, index};
}

static int compare(const void *a, const void *b)
{
    const struct read_name *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static void sort(struct read_names *names)
{
    if (names->count)
        qsort(names->entries, names->count, sizeof *names->entries, compare);
    names->names = calloc(names->count + 1, sizeof *names->names);
    REQUIRE(names->names);
    for (size_t i = 0; i < names->count; i++)
        names->names[i] = names->entries[i].name;
}

void read_names_init_tables(struct read_names *names, const struct models *models)
{
    *names = (struct read_names){0};
    for (size_t i = 0; i < models_count(models); i++) {
        size_t count;
        const struct model_table *tables = model_tables(models_at(models, i), &count);
        for (size_t j = 0; j < count; j++)
            add(names, tables[j].name, i, j);
    }
    sort(names);
}

void read_names_init_queries(struct read_names *names, const struct models *models)
{
    *names = (struct read_names){0};
    for (size_t i = 0; i < models_count(models); i++) {
        size_t count;
        const struct model_query *queries = model_queries(models_at(models, i), &count);
        for (size_t j = 0; j < count; j++)
            add(names, queries[j].name, i, j);
    }
    sort(names);
}

void read_names_finish(struct read_names *names)
{
    free(names->entries);
    free(names->names);
    *names = (struct read_names){0};
}

const struct read_name *read_names_find(const struct read_names *names, const char *name,
                                        const char **nearest)
{
    struct read_name key = {.name = name};
    const struct read_name *found = NULL;
    if (names->count)
        found = bsearch(&key, names->entries, names->count, sizeof key, compare);
    if (nearest)
        *nearest = found ? NULL : text_nearest(slice_of(name), names->names, names->count);
    return found;
}
