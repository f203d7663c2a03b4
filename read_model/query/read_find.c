/* From the name of a table or query to a turn at its model. The program's own names are sorted arrays
 * that never change; they say which model a name belongs to and where it is in the program's
 * definition. Only in the turn is it known which definition is in force, and whether that has it. */
#include "read_model/query/read_find.h"

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

static void init_tables(struct read_names *names, const struct models *models)
{
    for (size_t i = 0; i < models_count(models); i++) {
        size_t count;
        const struct model_table *tables = model_tables(models_at(models, i), &count);
        for (size_t j = 0; j < count; j++)
            add(names, tables[j].name, i, j);
    }
    sort(names);
}

static void init_queries(struct read_names *names, const struct models *models)
{
    for (size_t i = 0; i < models_count(models); i++) {
        size_t count;
        const struct model_query *queries = model_queries(models_at(models, i), &count);
        for (size_t j = 0; j < count; j++)
            add(names, queries[j].name, i, j);
    }
    sort(names);
}

void read_find_init(struct read_catalogue *catalogue, struct readers *readers)
{
    *catalogue = (struct read_catalogue){.readers = readers};
    init_tables(&catalogue->tables, readers->models);
    init_queries(&catalogue->queries, readers->models);
}

void read_find_finish(struct read_catalogue *catalogue)
{
    free(catalogue->tables.at);
    free(catalogue->tables.names);
    free(catalogue->queries.at);
    free(catalogue->queries.names);
    *catalogue = (struct read_catalogue){0};
}

static const struct read_name *find_own(const struct read_names *names, const char *name)
{
    struct read_name key = {.name = name};
    return names->count ? bsearch(&key, names->at, names->count, sizeof key, compare) : NULL;
}

/* A name to find: a table's or a query's. */
struct wanted {
    const char *what, *name;
    const char *list; /* the path that lists all of them */
    const struct read_names *names;
    bool (*index)(const struct model *definition, const char *name, size_t *ret_index);
    const struct read_name *own; /* where the program's definitions have it; NULL: nowhere */
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

/* A stored definition is searched by name; where the program's own is in force, `wanted->own` has the
 * answer. */
static bool is_in(const struct read_snapshot *snapshot, size_t model, const struct wanted *wanted,
                  size_t *ret_index)
{
    if (snapshot->definition != snapshot->model)
        return wanted->index(snapshot->definition, wanted->name, ret_index);
    if (!wanted->own || wanted->own->model != model)
        return false;
    *ret_index = wanted->own->index;
    return true;
}

/* ERR_NOT_READY if the model has no file, or does not have the name yet. */
static enum err try_model(struct readers *readers, size_t model, const struct wanted *wanted,
                          struct reader_turn *ret_turn, size_t *ret_index, struct error *error)
{
    enum err err = reader_begin(readers, model, false, ret_turn, error);
    if (err || is_in(ret_turn->snapshot, model, wanted, ret_index))
        return err;
    reader_end(ret_turn);
    return error_set(error, ERR_NOT_READY,
                     "the %s \"%s\" belongs to the next generation of read model %s, which is "
                     "not serving yet; try again later",
                     wanted->what, wanted->name, model_name(models_at(readers->models, model)));
}

static enum err complain(const struct wanted *wanted, struct error *error)
{
    struct slice name = slice_of(wanted->name), shown = utf8_cut(name, 60);
    const char *nearest = slice_nearest(name, wanted->names->names, wanted->names->count);
    return error_set(error, ERR_NOT_FOUND, "unknown %s \"%.*s\"%s%s%s GET %s lists all",
                     wanted->what, SLICE(shown), nearest ? "; did you mean \"" : ";",
                     nearest ? nearest : "", nearest ? "\"?" : "", wanted->list);
}

/* Searches every model. ERR_NOT_FOUND if certainly none has the name. If a model that may have it cannot
 * be read, the error is that model's, which is then *ret_model. */
static enum err try_all(struct readers *readers, const struct wanted *wanted, size_t *ret_model,
                        struct reader_turn *ret_turn, size_t *ret_index, struct error *error)
{
    enum err unknown = ERR_NOT_FOUND;
    for (size_t i = 0; i < models_count(readers->models); i++) {
        struct error why = {0};
        enum err err = try_model(readers, i, wanted, ret_turn, ret_index, &why);
        if (!err || (err != ERR_NOT_READY && unknown == ERR_NOT_FOUND))
            *ret_model = i;
        if (!err)
            return OK;
        if (err != ERR_NOT_READY && unknown == ERR_NOT_FOUND)
            unknown = error_set(error, err, "%s", why.text);
    }
    return unknown;
}

#define NO_MODEL SIZE_MAX

/* *ret_model: the model that the result is about, or NO_MODEL. */
static enum err find(struct readers *readers, const struct wanted *wanted, size_t *ret_model,
                     struct reader_turn *ret_turn, size_t *ret_index, struct error *error)
{
    *ret_model = NO_MODEL;
    if (!wanted->own) {
        enum err err = try_all(readers, wanted, ret_model, ret_turn, ret_index, error);
        return err == ERR_NOT_FOUND ? complain(wanted, error) : err;
    }
    *ret_model = wanted->own->model;
    enum err err = try_model(readers, *ret_model, wanted, ret_turn, ret_index, error);
    size_t other;
    if (err != ERR_NOT_READY || try_all(readers, wanted, &other, ret_turn, ret_index, NULL) != OK)
        return err;
    *ret_model = other;
    return OK;
}

static const struct model *model_at(const struct readers *readers, size_t model)
{
    return model == NO_MODEL ? NULL : models_at(readers->models, model);
}

enum err read_find_table(const struct read_catalogue *catalogue, const char *name,
                         struct read_answer *answer, struct read_target *ret, struct error *error)
{
    struct wanted wanted = {"table",        name,
                            "/read",        &catalogue->tables,
                            index_of_table, find_own(&catalogue->tables, name)};
    size_t model, index, count;
    enum err err = find(catalogue->readers, &wanted, &model, &ret->turn, &index, error);
    read_answer_begin(answer, model_at(catalogue->readers, model));
    if (err)
        return err;
    ret->table = &model_tables(ret->turn.snapshot->definition, &count)[index];
    ret->row = &ret->turn.snapshot->rows[index];
    return OK;
}

enum err read_find_query(const struct read_catalogue *catalogue, const char *name,
                         struct read_answer *answer, struct read_target *ret, struct error *error)
{
    struct wanted wanted = {"query",        name,
                            "/query",       &catalogue->queries,
                            index_of_query, find_own(&catalogue->queries, name)};
    size_t model, index, count;
    enum err err = find(catalogue->readers, &wanted, &model, &ret->turn, &index, error);
    read_answer_begin(answer, model_at(catalogue->readers, model));
    if (err)
        return err;
    ret->query = &model_queries(ret->turn.snapshot->definition, &count)[index];
    ret->row = &ret->turn.snapshot->queries[index];
    return OK;
}

void read_find_end(struct read_target *target)
{
    reader_end(&target->turn);
}
