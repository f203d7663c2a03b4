/* annal models: the read models and their generations on disk; lint of definitions; prune. It reads the
 * files, so it works whether or not annal runs. */
#include "base/json.h"
#include "base/program.h"
#include "cli/data_models.h"
#include "cli/json_line.h"
#include "cli/options.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "cli/table.h"
#include "operations/action.h"
#include "read_model/definition/models.h"
#include "read_model/store/generation.h"
#include "read_model/store/generation_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_lines(const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one)
        json_line_print(json_incref(one));
}

struct listing {
    const struct model *model; /* NULL: this program has no definition of it */
    json_t *generations;       /* an array */
};

static void add_generation(void *context, const struct generation_info *info)
{
    struct listing *listing = context;
    json_t *one = json_pack("{s:I, s:b, s:I}", "generation", (json_int_t)info->number, "current",
                            (int)info->current, "bytes", (json_int_t)info->bytes);
    if (info->trouble[0]) {
        json_object_set_new(one, "trouble", json_string(info->trouble));
    } else {
        bool same =
            listing->model && strcmp(info->definition, model_definition_hash(listing->model)) == 0;
        json_object_set_new(one, "state", json_string(model_store_state_name(info->state)));
        json_object_set_new(one, "position", json_integer(info->position));
        json_object_set_new(one, "definition", json_string(info->definition));
        json_object_set_new(one, "definition_is_ours", json_boolean(same));
    }
    json_array_append_new(listing->generations, one);
}

static enum err add_model(const char *data, const char *name, const struct model *model,
                          json_t *list, struct error *error)
{
    struct listing listing = {.model = model, .generations = json_array()};
    enum err err = generation_info_each(data, name, add_generation, &listing, error);
    json_array_append_new(list, json_pack("{s:s, s:s?, s:o}", "name", name, "definition",
                                          model ? model_definition_hash(model) : NULL,
                                          "generations", listing.generations));
    return err;
}

struct others {
    const char *data;
    const struct models *models;
    json_t *list;
};

/* A read model in DATA of which this program has no definition. */
static enum err add_other(void *context, const char *name, struct error *error)
{
    const struct others *others = context;
    return models_find(others->models, name)
               ? OK
               : add_model(others->data, name, NULL, others->list, error);
}

static void print_bytes(struct table *table, int64_t bytes)
{
    if (bytes < 1024 * 1024)
        table_add(table, "%.1f KiB", (double)bytes / 1024);
    else
        table_add(table, "%.1f MiB", (double)bytes / 1024 / 1024);
}

/* Marks a generation that the next start of a worker replaces: it serves, and this program defines the
 * read model differently. */
static void print_generation(struct table *table, const char *name, bool defined, const json_t *one)
{
    bool differs = defined && json_is_true(json_object_get(one, "current")) &&
                   json_is_false(json_object_get(one, "definition_is_ours"));
    table_add(table, "%s", name);
    table_add(table, "%lld", (long long)json_int_or(one, "generation", 0));
    table_add(table, "%s", json_string_or(one, "state", "unreadable"));
    table_add(table, "%lld", (long long)json_int_or(one, "position", 0));
    print_bytes(table, json_int_or(one, "bytes", 0));
    table_add(table, "%.12s%s", json_string_or(one, "definition", ""), differs ? " (another)" : "");
}

static void print_list(const json_t *list)
{
    static const char *const names[] = {"read model", ">generation", "state",
                                        ">position",  ">size",       "definition"};
    AUTO(table) struct table table;
    table_init(&table, names, sizeof names / sizeof *names);
    size_t i, j;
    json_t *model, *one;
    json_array_foreach (list, i, model) {
        const char *name = json_string_or(model, "name", "");
        json_t *generations = json_object_get(model, "generations");
        json_array_foreach (generations, j, one) {
            print_generation(&table, name, json_string_or(model, "definition", NULL) != NULL, one);
        }
        if (json_array_size(generations) > 0)
            continue;
        table_add(&table, "%s", name);
        table_add(&table, "-");
        table_add(&table, "not built");
        table_add(&table, "0");
        table_add(&table, "-");
        table_add(&table, "%.12s", json_string_or(model, "definition", ""));
    }
    table_print(&table);
}

static enum err list_all(const struct options *options, const struct models *models,
                         struct error *error)
{
    AUTO(json) json_t *list = json_array();
    enum err err = OK;
    for (size_t i = 0; i < models_count(models) && !err; i++)
        err = add_model(options->value[OPTION_DATA], model_name(models_at(models, i)),
                        models_at(models, i), list, error);
    struct others others = {options->value[OPTION_DATA], models, list};
    if (!err)
        err = generation_each_model(others.data, add_other, &others, error);
    if (err)
        return err;
    if (!option_flag(options, OPTION_JSON))
        print_list(list);
    else
        print_lines(list);
    return OK;
}

/* --- lint: the checks that a role makes of its definitions when it starts ---------------------- */

/* Splits "FILE:12: problem"; 0 if the text does not begin with file and line. */
static long split_line(const char *path, const char *text, const char **ret_problem)
{
    size_t length = strlen(path);
    char *end = NULL;
    long line = 0;
    *ret_problem = text;
    if (strncmp(text, path, length) == 0 && text[length] == ':')
        line = strtol(text + length + 1, &end, 10);
    if (line > 0 && strncmp(end, ": ", 2) == 0)
        *ret_problem = end + 2;
    return line;
}

static json_t *describe_file(const char *path, const struct error *why)
{
    const char *problem;
    long line = split_line(path, why->text, &problem);
    json_t *one = json_pack("{s:o, s:b}", "file", json_line_string(path), "valid", why->code == OK);
    if (why->code && line > 0)
        json_object_set_new(one, "line", json_integer(line));
    if (why->code)
        json_object_set_new(one, "problem", json_string(problem));
    return one;
}

static void print_file(const char *path, const struct error *why, bool json)
{
    const char *problem;
    if (json)
        json_line_print(describe_file(path, why));
    else if (why->code && split_line(path, why->text, &problem) > 0)
        fprintf(stderr, "%s\n", why->text); /* the form of compilers, which editors understand */
    else if (why->code)
        fprintf(stderr, "%s models: %s\n", program_name(), why->text);
    else
        printf("%s: valid\n", path);
}

static enum err lint(const struct options *options, const struct catalogue *catalogue,
                     const struct models *models, struct error *error)
{
    AUTO(models) struct models *checked = models_create();
    bool all = true, json = option_flag(options, OPTION_JSON);
    if (options->argument_count < 2)
        return error_set(error, ERR_USAGE, "lint: missing argument: FILE...");
    for (size_t i = 1; i < options->argument_count; i++) {
        struct error why = {0};
        const char *path = options->argument[i];
        all &= models_check_file(models, checked, path, catalogue, &why) == OK;
        print_file(path, &why, json);
    }
    return all ? OK : error_set(error, ERR_FAILED, "%s", "");
}

/* --- prune: removes the generations before those that serve ------------------------------------ */

struct found {
    int64_t files, bytes;
};

static void count(void *context, const struct generation_info *info)
{
    struct found *found = context;
    found->files++;
    found->bytes += info->bytes;
}

static void print_removed(const char *model, int64_t generations, int64_t bytes, bool json)
{
    if (json)
        json_line_print(json_pack("{s:s, s:I, s:I}", "model", model, "generations",
                                  (json_int_t)generations, "bytes", (json_int_t)bytes));
    else
        printf("%s: %lld removed, %lld bytes\n", model, (long long)generations, (long long)bytes);
}

static enum err prune_one(const struct options *options, const char *model, int64_t *removed,
                          struct error *error)
{
    const char *data = options->value[OPTION_DATA];
    struct found before = {0}, after = {0};
    enum err err = generation_info_each(data, model, count, &before, error);
    if (!err && before.files == 0)
        return OK;
    if (!err)
        err = action_prune(data, model, error);
    if (!err)
        err = generation_info_each(data, model, count, &after, error);
    if (err || before.files == after.files)
        return err;
    *removed += before.files - after.files;
    print_removed(model, before.files - after.files, before.bytes - after.bytes,
                  option_flag(options, OPTION_JSON));
    return OK;
}

static enum err prune(const struct options *options, struct error *error)
{
    AUTO(json) json_t *names = NULL;
    int64_t removed = 0;
    size_t i;
    json_t *name;
    enum err err = data_models_choose(options->value[OPTION_DATA], &options->argument[1],
                                      options->argument_count - 1, &names, error);
    if (err)
        return err;
    json_array_foreach (names, i, name) {
        if (!err)
            err = prune_one(options, json_string_value(name), &removed, error);
    }
    if (!err && removed == 0 && !option_flag(options, OPTION_JSON))
        printf("nothing to remove: no generation is older than the serving one\n");
    return err;
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    const char *action = options->argument_count ? options->argument[0] : "list";
    if (strcmp(action, "prune") == 0)
        return prune(options, error);
    enum err err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    if (err)
        return err;
    if (strcmp(action, "lint") == 0)
        return lint(options, catalogue, models, error);
    if (strcmp(action, "list") == 0 && options->argument_count <= 1)
        return list_all(options, models, error);
    return error_set(error, ERR_USAGE,
                     "unknown action %s; the actions are list, lint FILE... and prune [MODEL...]",
                     action);
}

static const enum option options[] = {OPTION_DATA, OPTION_MODELS, OPTION_SCHEMAS, OPTION_DOMAIN,
                                      OPTION_JSON, OPTION_HELP,   OPTION_COUNT};

const struct subcommand subcommand_models = {
    .name = "models",
    .arguments = "[ACTION...]",
    .summary = "list read models and their generations; lint definitions; prune",
    .more =
        "  annal models [list]            print the generations: state, position, size, "
        "definition\n"
        "  annal models lint FILE...      check definitions as a role does at its start; print "
        "file\n"
        "                                 and line of each fault; the exit status is then 1\n"
        "  annal models prune [MODEL...]  remove generations that are older than the serving one\n"
        "\n"
        "\"(another)\" marks a serving generation whose definition differs from this program's:\n"
        "`annal projector` will build a new one.",
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
