/* annal models lint: the checks a role makes of its definitions when it starts, without a role. */
#include "cli/models.h"

#include <stdio.h>

enum err models_lint_run(const struct options *options, const struct catalogue *catalogue,
                         const struct models *models, struct error *error)
{
    bool all = true;
    if (options->argument_count < 2)
        return error_set(error, ERR_USAGE, "lint wants FILE...");
    for (size_t i = 1; i < options->argument_count; i++) {
        struct error why = {0};
        const char *path = options->argument[i];
        bool good = models_check_file(models, path, catalogue, &why) == OK;
        all = all && good;
        if (good)
            printf("%s: good\n", path);
        else
            fprintf(stderr, "%s\n", why.text);
    }
    return all ? OK : error_set(error, ERR_FAILED, "%s", "");
}
