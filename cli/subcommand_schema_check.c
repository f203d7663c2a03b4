/* annal schema check: two directories of schemas, compared version by version, and the consumers of the
 * changed fields. */
#include "cli/subcommand.h"

#include "base/json.h"
#include "cli/json_line.h"
#include "cli/role.h"
#include "read_model/definition/consumers.h"
#include "schema/catalogue/catalogue_compare.h"

#include <stdio.h>

/* True if the pointers are equal or one contains the other: "/items" and "/items/0". */
static bool touches(const char *a, const char *b)
{
    size_t length = strlen(a), other = strlen(b);
    if (length > other)
        return touches(b, a);
    return strncmp(a, b, length) == 0 && (b[length] == '\0' || b[length] == '/');
}

static bool concerns(const struct schema_change *change, const struct consumer *consumer)
{
    if (strcmp(consumer->type, change->name) != 0)
        return false;
    return consumer->pointer ? touches(consumer->pointer, change->pointer) : !change->pointer[0];
}

struct report {
    const struct consumers *consumers;
    bool json;
};

static void print_change(const struct consumers *consumers, const struct schema_change *change)
{
    printf("%s: \"%s\": %s\n", change->name, change->pointer, change->rule);
    for (size_t i = 0; i < consumers->count; i++) {
        const struct consumer *consumer = &consumers->at[i];
        if (!concerns(change, consumer))
            continue;
        if (consumer->pointer)
            printf("  %s reads \"%s\" (line %d)\n", consumer->reader, consumer->pointer,
                   consumer->line);
        else
            printf("  %s handles it (line %d)\n", consumer->reader, consumer->line);
    }
}

static json_t *describe_change(const struct consumers *consumers,
                               const struct schema_change *change)
{
    json_t *readers = json_array();
    for (size_t i = 0; i < consumers->count; i++) {
        const struct consumer *consumer = &consumers->at[i];
        if (concerns(change, consumer))
            json_array_append_new(readers,
                                  json_pack("{s:s, s:s?, s:i}", "model", consumer->reader, "field",
                                            consumer->pointer, "line", consumer->line));
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "type", change->name, "pointer", change->pointer,
                     "rule", change->rule, "consumers", readers);
}

static void report_change(void *context, const struct schema_change *change)
{
    const struct report *report = context;
    if (report->json)
        json_line_print(describe_change(report->consumers, change));
    else
        print_change(report->consumers, change);
}

static enum err collect_by(const struct options *options, const char *directory,
                           struct consumers *consumers, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    enum err err = catalogue_open(&options->domain.schemas, directory, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    return err ? err : consumers_collect(models, catalogue, consumers, error);
}

/* The read models may fit the old types or the new ones. A copy of built-in types that have changed
 * since conflicts with the built-in ones, which are then used alone. */
static enum err collect(const struct options *options, struct consumers *consumers,
                        struct error *error)
{
    const char *const directories[] = {options->argument[1], options->argument[2],
                                       option_or_null(options, OPTION_SCHEMAS)};
    enum err err = OK;
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        err = collect_by(options, directories[i], consumers, error);
        if (!err)
            break;
        consumers_finish(consumers);
    }
    return err;
}

enum err schema_check_run(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *older = NULL, *newer = NULL;
    AUTO(consumers) struct consumers consumers = {0};
    if (options->argument_count != 3)
        return error_set(error, ERR_USAGE,
                         "check: missing argument: OLD NEW, two directories of schemas");
    enum err err = catalogue_open_alone(options->argument[1], &older, error);
    if (!err)
        err = catalogue_open_alone(options->argument[2], &newer, error);
    if (!err)
        err = collect(options, &consumers, error);
    if (err)
        return err;
    struct report report = {&consumers, option_flag(options, OPTION_JSON)};
    size_t count = catalogue_compare(older, newer, report_change, &report);
    if (!report.json && count == 0)
        printf("compatible\n");
    if (count == 0)
        return OK;
    return error_set(error, ERR_FAILED, "%zu incompatible change%s; make a new version instead",
                     count, count == 1 ? "" : "s");
}
