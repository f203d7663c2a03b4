/* A turn at a model shows which definition is in force; so a name is looked up twice: first which model
 * it may belong to, then, in the turn, whether that model has it now. The program's own names are
 * sorted arrays that never change. */
#include "read_model/query/read_side_private.h"

#include "base/array.h"
#include "base/utf8.h"

static void add(struct read_names *names, const char *name, size_t model, size_t index)
{
    *ARRAY_ADD(names) = (struct read_name){name, model, index};
}

static int compare(const void *a, const void *b)
{
    const struct read_name *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static void sort(struct read_names *names)
{
    if (names->count)
        qsort(names->at, names->count, sizeof *names->at, compare);
    names->names = calloc(names->count + 1, sizeof *names->names);
    REQUIRE(names->names);
    for (size_t i = 0; i < names->count; i++)
        names->names[i] = names->at[i].name;
}

void read_find_init_tables(struct read_names *names, const struct models *models)
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

void read_find_init_queries(struct read_names *names, const struct models *models)
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

void read_find_finish(struct read_names *names)
{
    free(names->at);
    free(names->names);
    *names = (struct read_names){0};
}

const struct read_name *read_find_name(const struct read_names *names, const char *name,
                                       const char **nearest)
{
    struct read_name key = {.name = name};
    const struct read_name *found = NULL;
    if (names->count)
        found = bsearch(&key, names->at, names->count, sizeof key, compare);
    if (nearest)
        *nearest = found ? NULL : slice_nearest(slice_of(name), names->names, names->count);
    return found;
}

typedef bool index_fn(const struct model *definition, const char *name, size_t *ret_index);

struct wanted {
    const char *what, *name;
    const char *list; /* the path that lists all of them */
    const struct read_names *names;
    index_fn *index;
};

static bool index_of_table(const struct model *definition, const char *name, size_t *ret_index)
{
    size_t count;
    const struct model_table *tables = model_tables(definition, &count);
    for (*ret_index = 0; *ret_index < count; ++*ret_index)
        if (strcmp(tables[*ret_index].name, name) == 0)
            return true;
    return false;
}

static bool index_of_query(const struct model *definition, const char *name, size_t *ret_index)
{
    size_t count;
    const struct model_query *queries = model_queries(definition, &count);
    for (*ret_index = 0; *ret_index < count; ++*ret_index)
        if (strcmp(queries[*ret_index].name, name) == 0)
            return true;
    return false;
}

/* ERR_NOT_READY if the model does not have it, or no file. */
static enum err try_model(struct read_side *side, size_t model, const struct wanted *wanted,
                          struct reader_turn *ret_turn, size_t *ret_index, struct error *error)
{
    enum err err = reader_begin(side, model, false, ret_turn, error);
    if (err || wanted->index(ret_turn->snapshot->definition, wanted->name, ret_index))
        return err;
    reader_end(ret_turn);
    return error_set(error, ERR_NOT_READY,
                     "the %s \"%s\" belongs to the next generation of read model %s, which is "
                     "not serving yet; try again later",
                     wanted->what, wanted->name, model_name(models_at(side->models, model)));
}

static enum err complain(const struct wanted *wanted, struct error *error)
{
    const char *nearest = NULL;
    (void)read_find_name(wanted->names, wanted->name, &nearest);
    struct slice shown = utf8_cut(slice_of(wanted->name), 60);
    return error_set(error, ERR_NOT_FOUND, "unknown %s \"%.*s\"%s%s%s GET %s lists all",
                     wanted->what, SLICE(shown), nearest ? "; did you mean \"" : ";",
                     nearest ? nearest : "", nearest ? "\"?" : "", wanted->list);
}

/* ERR_NOT_FOUND if certainly no model has the name. If a model that may have it cannot be read, the
 * error is that model's. */
static enum err try_others(struct read_side *side, const struct wanted *wanted,
                           struct reader_turn *ret_turn, size_t *ret_index, struct error *error)
{
    enum err unknown = ERR_NOT_FOUND;
    for (size_t i = 0; i < models_count(side->models); i++) {
        struct error why = {0};
        enum err err = try_model(side, i, wanted, ret_turn, ret_index, &why);
        if (!err)
            return OK;
        if (err != ERR_NOT_READY && unknown == ERR_NOT_FOUND)
            unknown = error_set(error, err, "%s", why.text);
    }
    return unknown;
}

static enum err find(struct read_side *side, const struct wanted *wanted,
                     struct reader_turn *ret_turn, size_t *ret_index, struct error *error)
{
    const struct read_name *own = read_find_name(wanted->names, wanted->name, NULL);
    enum err err =
        own ? try_model(side, own->model, wanted, ret_turn, ret_index, error) : ERR_NOT_FOUND;
    if (err != ERR_NOT_FOUND && err != ERR_NOT_READY)
        return err;
    if (own)
        return try_others(side, wanted, ret_turn, ret_index, NULL) == OK ? OK : err;
    err = try_others(side, wanted, ret_turn, ret_index, error);
    return err == ERR_NOT_FOUND ? complain(wanted, error) : err;
}

enum err read_find_table(struct read_side *side, const char *name, struct reader_turn *ret_turn,
                         const struct model_table **ret_table, size_t *ret_index,
                         struct error *error)
{
    struct wanted wanted = {"table", name, "/read", &side->tables, index_of_table};
    enum err err = find(side, &wanted, ret_turn, ret_index, error);
    size_t count;
    if (!err)
        *ret_table = &model_tables(ret_turn->snapshot->definition, &count)[*ret_index];
    return err;
}

enum err read_find_query(struct read_side *side, const char *name, struct reader_turn *ret_turn,
                         const struct model_query **ret_query, size_t *ret_index,
                         struct error *error)
{
    struct wanted wanted = {"query", name, "/query", &side->queries, index_of_query};
    enum err err = find(side, &wanted, ret_turn, ret_index, error);
    size_t count;
    if (!err)
        *ret_query = &model_queries(ret_turn->snapshot->definition, &count)[*ret_index];
    return err;
}
