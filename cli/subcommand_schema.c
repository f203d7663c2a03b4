/* annal schema: the event catalogue on the command line. This file lists the types; each other action has
 * its own file. */

#include "base/json.h"
#include "cli/json_line.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "cli/table.h"

#include <stdio.h>

static json_t *describe(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                        bool command)
{
    struct slice newest = upcasters_newest(catalogue_upcasters(catalogue), slice_of(entry->name));
    json_t *json =
        json_pack("{s:s, s:s, s:s}", "name", entry->name, "kind", command ? "command" : "event",
                  "title", json_string_or(entry->json, "title", ""));
    if (!command && !slice_is(newest, entry->name))
        json_object_set_new(json, "read_as", json_stringn(newest.at, newest.length));
    return json;
}

static json_t *list_entries(const struct catalogue *catalogue)
{
    json_t *list = json_array();
    size_t count;
    const struct catalogue_entry *entries = catalogue_events(catalogue, &count);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, describe(catalogue, &entries[i], false));
    entries = catalogue_commands(catalogue, &count);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, describe(catalogue, &entries[i], true));
    return list;
}

static void print_list(const json_t *list)
{
    static const char *const names[] = {"name", "kind", "title", "read as"};
    AUTO(table) struct table table;
    table_init(&table, names, sizeof names / sizeof *names);
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        table_add(&table, "%s", json_string_or(one, "name", ""));
        table_add(&table, "%s", json_string_or(one, "kind", ""));
        table_add(&table, "%s", json_string_or(one, "title", ""));
        table_add(&table, "%s", json_string_or(one, "read_as", ""));
    }
    table_print(&table);
}

static enum err list_all(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    enum err err = role_open_catalogue(options, &catalogue, error);
    if (err)
        return err;
    AUTO(json) json_t *list = list_entries(catalogue);
    size_t i;
    json_t *entry;
    if (!option_flag(options, OPTION_JSON))
        print_list(list);
    else
        json_array_foreach (list, i, entry)
            json_line_print(json_incref(entry));
    return OK;
}

static enum err run(const struct options *options, struct error *error)
{
    const char *action = options->argument_count ? options->argument[0] : "list";
    if (strcmp(action, "validate") == 0)
        return schema_validate_run(options, error);
    if (strcmp(action, "check") == 0)
        return schema_check_run(options, error);
    if (strcmp(action, "consumers") == 0)
        return schema_consumers_run(options, error);
    if (strcmp(action, "list") == 0 && options->argument_count <= 1)
        return list_all(options, error);
    return error_set(error, ERR_USAGE,
                     "unknown action %s; the actions are list, validate FILE..., check OLD NEW and "
                     "consumers [TYPE...]",
                     action);
}

static const enum option options[] = {OPTION_SCHEMA, OPTION_SCHEMAS, OPTION_DOMAIN, OPTION_MODELS,
                                      OPTION_JSON,   OPTION_HELP,    OPTION_COUNT};

const struct subcommand subcommand_schema = {
    .name = "schema",
    .arguments = "[ACTION...]",
    .summary = "list event types; validate documents; compare catalogues; list consumers",
    .more =
        "  annal schema [list]                        list event types and commands\n"
        "  annal schema validate --schema S FILE...   print the faults of JSON documents, each\n"
        "                                             with JSON Pointer and reason; S is a file\n"
        "                                             or the name of a type\n"
        "  annal schema check OLD NEW                 print incompatible changes between two\n"
        "                                             directories of schemas, and the read\n"
        "                                             models that they break\n"
        "  annal schema consumers [TYPE...]           print which read model reads which field\n"
        "\n"
        "The exit status is 1 if a document is not valid or a change is incompatible.",
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
