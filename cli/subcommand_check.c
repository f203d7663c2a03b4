/* annal check: proves that a live read model equals a rebuild from the log. It needs no definitions: the
 * serving generation contains its own. */
#include "base/json.h"
#include "base/program.h"
#include "cli/data_models.h"
#include "cli/json_line.h"
#include "cli/rebuild_task.h"
#include "cli/subcommand.h"
#include "projectors/rebuild_check.h"

#include <stdio.h>
#include <string.h>

static json_t *list_lines(const struct text *text)
{
    json_t *lines = json_array();
    for (size_t at = 0; at < text->length;) {
        size_t length = (size_t)(strchr(text->at + at, '\n') - (text->at + at));
        json_array_append_new(lines, json_stringn(text->at + at, length));
        at += length + 1;
    }
    return lines;
}

/* `remarks`: what is parked or skipped. */
static void print_json(const char *model, int64_t position, const struct text *remarks,
                       const struct error *difference)
{
    json_t *one = json_pack("{s:s, s:b, s:I, s:o}", "model", model, "equal", difference->code == OK,
                            "position", (json_int_t)position, "remarks", list_lines(remarks));
    if (difference->code)
        json_object_set_new(one, "difference", json_string(difference->text));
    json_line_print(one);
}

struct checked {
    const struct options *options;
    const char *model;
};

static enum err check(void *context, const struct build_options *build,
                      struct progress_line *progress, struct error *error)
{
    const struct checked *checked = context;
    AUTO(text) struct text remarks = {0};
    struct error why = {0};
    int64_t position = 0;
    bool json = option_flag(checked->options, OPTION_JSON);
    enum err err = rebuild_check(build, checked->model, &position, &remarks, &why);
    if (remarks.length && !json)
        fputs(remarks.at, stderr);
    if (json && (!err || err == ERR_FAILED))
        print_json(checked->model, position, &remarks, &why);
    if (err)
        return error_set(error, err, "%s", why.text);
    progress_line_end(progress, position);
    if (!json)
        printf("%s equals a rebuild at position %lld\n", checked->model, (long long)position);
    fflush(stdout);
    return OK;
}

static enum err check_one(const struct options *options, const char *model, struct error *error)
{
    struct checked checked = {options, model};
    AUTO(json) json_t *found = NULL;
    AUTO(text) struct text title = {0};
    text_printf(&title, "check %s", model);
    enum err err = data_models_choose(options->value[OPTION_DATA], &model, 1, &found, error);
    if (err)
        return err;
    err = rebuild_task_run(options, title.at, check, &checked, error);
    return err ? error_add_context(error, err, "%s", model) : OK;
}

/* All models with files in DATA, or the named ones; one that cannot be checked does not stop the others. */
static enum err choose(const struct options *options, json_t **ret_names, struct error *error)
{
    const char *data = options->value[OPTION_DATA];
    enum err err = data_models_choose(data, NULL, 0, ret_names, error);
    if (err)
        return err;
    for (size_t i = 0; i < options->argument_count; i++) {
        if (i == 0)
            json_array_clear(*ret_names);
        json_array_append_new(*ret_names, json_string(options->argument[i]));
    }
    if (json_array_size(*ret_names) == 0 && domain_has_read_models(&options->domain))
        return error_set(error, ERR_NOT_FOUND, "no read model has files in %s/read", data);
    return OK;
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(json) json_t *names = NULL;
    enum err failed = OK;
    size_t i;
    json_t *name;
    enum err err = rebuild_task_begin(options, "check", error);
    if (!err)
        err = choose(options, &names, error);
    if (err)
        return err;
    json_array_foreach (names, i, name) {
        err = check_one(options, json_string_value(name), error);
        if (err == ERR_INTERRUPTED)
            return err;
        if (err)
            fprintf(stderr, "%s check: %s\n", program_name(), error->text);
        failed = err ? err : failed;
    }
    return failed ? error_set(error, failed, "%s", "") : OK;
}

static const enum option options[] = {OPTION_DATA,      OPTION_LOG,  OPTION_DOMAIN, OPTION_JSON,
                                      OPTION_LOG_LEVEL, OPTION_HELP, OPTION_COUNT};

const struct subcommand subcommand_check = {
    .name = "check",
    .arguments = "[MODEL...]",
    .summary = "compare read models with a rebuild from the log",
    .more = "Builds a temporary generation up to the position of the serving one and compares all\n"
            "tables row by row in key order. Without names it checks every read model with files\n"
            "in DATA. The exit status is 1 if one differs; the first row that differs is printed.\n"
            "During the temporary build SQLite returns rows in reverse order where no ORDER BY\n"
            "defines it: a handler whose result depends on that order is reported.",
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
