/* annal schema consumers: which read model reads which field of which event, found in the text of its
 * handlers. */
#include "cli/subcommand.h"

#include "base/arena.h"
#include "base/json.h"
#include "cli/json_line.h"
#include "cli/role.h"
#include "cli/table.h"
#include "read_model/definition/consumers.h"

#include <stdio.h>

static bool is_asked_for(const struct options *options, const char *type)
{
    for (size_t i = 1; i < options->argument_count; i++)
        if (slice_matches(slice_of(type), slice_of(options->argument[i])))
            return true;
    return options->argument_count < 2;
}

static bool matches_any(const struct catalogue_entry *entries, size_t count, const char *pattern)
{
    for (size_t i = 0; i < count; i++)
        if (slice_matches(slice_of(entries[i].name), slice_of(pattern)))
            return true;
    return false;
}

static enum err no_such_type(const struct catalogue_entry *events, size_t count, const char *name,
                             struct error *error)
{
    AUTO(arena) struct arena arena = {0};
    const char **names = arena_allocate(&arena, (count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = events[i].name;
    const char *nearest = slice_nearest(slice_of(name), names, count);
    return error_set(error, ERR_NOT_FOUND, "unknown event type %s%s%s%s", name,
                     nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

/* A type without consumers prints nothing; an unknown type is an error. */
static enum err check_patterns(const struct options *options, const struct catalogue *catalogue,
                               struct error *error)
{
    size_t count;
    const struct catalogue_entry *events = catalogue_events(catalogue, &count);
    for (size_t i = 1; i < options->argument_count; i++)
        if (!matches_any(events, count, options->argument[i]))
            return no_such_type(events, count, options->argument[i], error);
    return OK;
}

static void print_json(const struct options *options, const struct consumers *consumers)
{
    for (size_t i = 0; i < consumers->count; i++) {
        const struct consumer *consumer = &consumers->at[i];
        if (is_asked_for(options, consumer->type))
            json_line_print(json_pack("{s:s, s:s?, s:s, s:i}", "type", consumer->type, "field",
                                      consumer->pointer, "model", consumer->reader, "line",
                                      consumer->line));
    }
}

static void print_table(const struct options *options, const struct consumers *consumers)
{
    static const char *const names[] = {"event type", "field", "read model", ">line"};
    AUTO(table) struct table table;
    table_init(&table, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < consumers->count; i++) {
        const struct consumer *consumer = &consumers->at[i];
        if (!is_asked_for(options, consumer->type))
            continue;
        table_add(&table, "%s", consumer->type);
        table_add(&table, "%s",
                  !consumer->pointer     ? "(none)"
                  : consumer->pointer[0] ? consumer->pointer
                                         : "(all of it)");
        table_add(&table, "%s", consumer->reader);
        table_add(&table, "%d", consumer->line);
    }
    table_print(&table);
}

enum err schema_consumers_run(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    AUTO(consumers) struct consumers consumers = {0};
    enum err err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = check_patterns(options, catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    if (!err)
        err = consumers_collect(models, catalogue, &consumers, error);
    if (err)
        return err;
    if (option_flag(options, OPTION_JSON))
        print_json(options, &consumers);
    else
        print_table(options, &consumers);
    return OK;
}
