/* annal models lint: the checks a role makes of its definitions when it starts, without a role. */
#include "cli/subcommand_models.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "FILE:12: what": the line is 0 if it does not begin so. */
static json_t *describe(const char *path, const struct error *why)
{
    size_t length = strlen(path);
    const char *problem = why->text;
    char *end = NULL;
    long line = 0;
    if (strncmp(problem, path, length) == 0 && problem[length] == ':')
        line = strtol(problem + length + 1, &end, 10);
    if (line > 0 && strncmp(end, ": ", 2) == 0)
        problem = end + 2;
    json_t *one = json_pack("{s:s, s:b}", "file", path, "good", why->code == OK);
    if (why->code && line > 0)
        json_object_set_new(one, "line", json_integer(line));
    if (why->code)
        json_object_set_new(one, "problem", json_string(problem));
    return one;
}

static void tell(const char *path, const struct error *why)
{
    if (why->code)
        fprintf(stderr, "%s\n", why->text);
    else
        printf("%s: good\n", path);
}

static void print_all(json_t *list)
{
    AUTO(json) json_t *answer = json_pack("{s:O}", "files", list);
    AUTO(text) struct text text = {0};
    json_write(answer, &text);
    printf("%s\n", text.at);
}

enum err models_lint_run(const struct options *options, const struct catalogue *catalogue,
                         const struct models *models, struct error *error)
{
    AUTO(models) struct models *checked = models_create();
    AUTO(json) json_t *list = json_array();
    bool all = true, json = option_flag(options, OPTION_JSON);
    if (options->argument_count < 2)
        return error_set(error, ERR_USAGE, "lint wants FILE...");
    for (size_t i = 1; i < options->argument_count; i++) {
        struct error why = {0};
        const char *path = options->argument[i];
        all &= models_check_file(models, checked, path, catalogue, &why) == OK;
        json_array_append_new(list, describe(path, &why));
        if (!json)
            tell(path, &why);
    }
    if (json)
        print_all(list);
    return all ? OK : error_set(error, ERR_FAILED, "%s", "");
}
