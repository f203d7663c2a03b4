/* Definitions that are part of the program, and those of a directory, which may replace them by
 * name. All are checked before any is used. */
#include "read_model/definition/models.h"

#include "base/array.h"
#include "base/embedded.h"
#include "base/file.h"
#include "read_model/definition/model.h"
#include "read_model/definition/model_private.h"

#define FILE_BYTES_MOST ((size_t)1 << 20)

struct models {
    const struct embedded_file *built_in; /* may be NULL */
    struct model **at;                    /* sorted by name */
    size_t count, capacity;
};

void models_close(struct models *models)
{
    if (!models)
        return;
    for (size_t i = 0; i < models->count; i++)
        model_destroy(models->at[i]);
    free(models->at);
    free(models);
}

/* Keeps the list sorted by name; replaces a model of the same name. */
static void add(struct models *models, struct model *take_model)
{
    size_t at = 0;
    while (at < models->count && strcmp(models->at[at]->name, take_model->name) < 0)
        at++;
    if (at < models->count && strcmp(models->at[at]->name, take_model->name) == 0) {
        model_destroy(models->at[at]);
        models->at[at] = take_model;
        return;
    }
    (void)ARRAY_ADD(models);
    memmove(models->at + at + 1, models->at + at, (models->count - 1 - at) * sizeof *models->at);
    models->at[at] = take_model;
}

static enum err add_text(struct models *models, const char *file, struct slice text,
                         const struct catalogue *catalogue, struct error *error)
{
    struct model *model = NULL;
    enum err err = model_read(file, text, catalogue, &model, error);
    if (!err)
        add(models, model);
    return err;
}

struct reading {
    struct models *models;
    const struct catalogue *catalogue;
};

static enum err read_file(const char *path, struct text *content, struct error *error)
{
    enum err err = file_read(path, FILE_BYTES_MOST, content, error);
    if (err == ERR_NOT_FOUND)
        return error_set(error, ERR_DEFINITION, "%s: not found", path);
    return err ? error_add_context(error, ERR_DEFINITION, "read model file") : OK;
}

static enum err add_file(void *context, const char *path, const char *name, struct error *error)
{
    const struct reading *reading = context;
    AUTO(text) struct text content = {0};
    (void)name;
    enum err err = read_file(path, &content, error);
    if (err)
        return err;
    return add_text(reading->models, path, text_slice(&content), reading->catalogue, error);
}

static enum err add_directory(struct models *models, const char *directory,
                              const struct catalogue *catalogue, struct error *error)
{
    struct reading reading = {models, catalogue};
    enum err err = file_each(directory, ".sql", add_file, &reading, error);
    if (!err || err == ERR_DEFINITION)
        return err;
    if (err == ERR_NOT_FOUND)
        return error_set(error, ERR_DEFINITION, "read models: the directory %s does not exist",
                         directory);
    return error_add_context(error, ERR_DEFINITION, "read models");
}

static bool has_table(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->table_count; i++)
        if (strcmp(model->tables[i].name, name) == 0)
            return true;
    return false;
}

static bool has_query(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->query_count; i++)
        if (strcmp(model->queries[i].name, name) == 0)
            return true;
    return false;
}

static enum err check_pair(const struct model *model, const struct model *earlier,
                           struct error *error)
{
    for (size_t i = 0; i < model->table_count; i++)
        if (has_table(earlier, model->tables[i].name))
            return model_fault(model, model_tables_line(model, model->tables[i].name), error,
                               "%s has a table %s too; names of tables are unique over all read "
                               "models",
                               earlier->file, model->tables[i].name);
    for (size_t i = 0; i < model->query_count; i++)
        if (has_query(earlier, model->queries[i].name))
            return model_fault(model, model->queries[i].head_line, error,
                               "%s has a query %s too; names of queries are unique over all read "
                               "models",
                               earlier->file, model->queries[i].name);
    return OK;
}

static bool is_built_in(const struct models *models, const struct model *model)
{
    return models->built_in && embedded_find(models->built_in, model->file);
}

/* If a built-in model and one of the directory have the same name of a table or query, the error names
 * the file of the directory. */
static enum err check_names(const struct models *models, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < models->count; i++)
        for (size_t j = 0; j < i && !err; j++) {
            const struct model *model = models->at[i], *other = models->at[j];
            bool swap = is_built_in(models, model) && !is_built_in(models, other);
            err = check_pair(swap ? other : model, swap ? model : other, error);
        }
    return err;
}

struct models *models_create(void)
{
    struct models *models = calloc(1, sizeof *models);
    REQUIRE(models);
    return models;
}

enum err models_open(const struct embedded_file *built_in, const char *directory,
                     const struct catalogue *catalogue, struct models **ret_models,
                     struct error *error)
{
    AUTO(models) struct models *models = models_create();
    enum err err = OK;
    models->built_in = built_in;
    for (const struct embedded_file *file = built_in; file && file->name && !err; file++)
        err = add_text(models, file->name, file->text, catalogue, error);
    if (!err && directory)
        err = add_directory(models, directory, catalogue, error);
    if (!err)
        err = check_names(models, error);
    if (err)
        return err;
    *ret_models = models;
    models = NULL;
    return OK;
}

/* `except`: models that replace those of the same name; may be NULL. */
static enum err check_against(const struct model *model, const struct models *models,
                              const struct models *except, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < models->count && !err; i++) {
        const struct model *other = models->at[i];
        if (strcmp(other->name, model->name) != 0 && !(except && models_find(except, other->name)))
            err = check_pair(model, other, error);
    }
    return err;
}

enum err models_check_file(const struct models *models, struct models *checked, const char *path,
                           const struct catalogue *catalogue, struct error *error)
{
    AUTO(text) struct text content = {0};
    AUTO(model) struct model *model = NULL;
    enum err err = read_file(path, &content, error);
    if (!err)
        err = model_read(path, text_slice(&content), catalogue, &model, error);
    if (!err)
        err = check_against(model, models, checked, error);
    if (!err)
        err = check_against(model, checked, NULL, error);
    if (err)
        return err;
    add(checked, model);
    model = NULL;
    return OK;
}

size_t models_count(const struct models *models)
{
    return models->count;
}

const struct model *models_at(const struct models *models, size_t index)
{
    REQUIRE(index < models->count);
    return models->at[index];
}

const struct model *models_find(const struct models *models, const char *name)
{
    for (size_t i = 0; i < models->count; i++)
        if (strcmp(models->at[i]->name, name) == 0)
            return models->at[i];
    return NULL;
}

void models_write_names(const struct models *models, struct text *out)
{
    for (size_t i = 0; i < models->count; i++) {
        const char *between = i == 0 ? "" : i + 1 == models->count ? " and " : ", ";
        text_printf(out, "%s%s", between, models->at[i]->name);
    }
}
