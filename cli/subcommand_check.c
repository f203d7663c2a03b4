/* annal check: proves that a live read model equals a rebuild from the log. */
#include "base/json.h"
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

/* A line: what is parked or skipped, and how it differs, if it does. */
static void print_json(const struct model *model, int64_t position, const struct text *remarks,
                       const struct error *difference)
{
    AUTO(json)
    json_t *one = json_pack("{s:s, s:b, s:I, s:o}", "model", model_name(model), "equal",
                            difference->code == OK, "position", (json_int_t)position, "remarks",
                            list_lines(remarks));
    AUTO(text) struct text text = {0};
    if (difference->code)
        json_object_set_new(one, "difference", json_string(difference->text));
    json_write(one, &text);
    printf("%s\n", text.at);
}

static enum err check_one(const struct options *options, const struct build_options *rebuild,
                          const struct model *const *models, size_t count,
                          struct progress_line *progress, struct error *error)
{
    REQUIRE(count == 1);
    const struct model *model = models[0];
    AUTO(text) struct text remarks = {0};
    struct error why = {0};
    int64_t position = 0;
    bool json = option_flag(options, OPTION_JSON);
    enum err err = rebuild_check(rebuild, model, &position, &remarks, &why);
    if (remarks.length && !json)
        fputs(remarks.at, stderr);
    if (json && (!err || err == ERR_FAILED))
        print_json(model, position, &remarks, &why);
    if (err)
        return error_set(error, err, "%s: %s", model_name(model), why.text);
    progress_line_end(progress, position);
    if (!json)
        printf("%s equals a rebuild at position %lld\n", model_name(model), (long long)position);
    fflush(stdout);
    return OK;
}

static enum err run(const struct options *options, struct error *error)
{
    return rebuild_task_run(options, "check", false, check_one, error);
}

static const enum option options[] = {OPTION_DATA,      OPTION_LOG,    OPTION_MODELS,
                                      OPTION_SCHEMAS,   OPTION_DOMAIN, OPTION_JSON,
                                      OPTION_LOG_LEVEL, OPTION_HELP,   OPTION_COUNT};

const struct subcommand subcommand_check = {
    .name = "check",
    .arguments = "[MODEL...]",
    .summary = "compare read models with a rebuild from the log",
    .more =
        "Builds a throw-away generation up to the live one's position and compares all tables row "
        "by\n"
        "row in key order. Without names it checks every model. The exit status is 1 if one "
        "differs;\n"
        "its first such row is named. The throw-away one is built with SQLite reading rows the "
        "other\n"
        "way round wherever no ORDER BY says how: a handler that depends on that is told.",
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
