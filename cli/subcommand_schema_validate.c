/* annal schema validate: validates documents against one schema, of a file or of the catalogue. */
#include "cli/subcommand.h"

#include "base/file.h"
#include "base/json.h"
#include "cli/json_line.h"
#include "cli/role.h"

#include <stdio.h>
#include <unistd.h>

#define SCHEMA_MOST_BYTES   ((size_t)1024 * 1024)
#define DOCUMENT_MOST_BYTES ((size_t)64 * 1024 * 1024)

static enum err read_json(const char *path, size_t most_bytes, json_t **ret_json,
                          struct error *error)
{
    AUTO(text) struct text text = {0};
    enum err err = file_read(path, most_bytes, &text, error);
    if (err)
        return err;
    err = json_read(text_slice(&text), ret_json, error);
    return err ? error_add_context(error, err, "%s", path) : OK;
}

static enum err compile_file(const char *path, struct json_schema **ret_schema, struct error *error)
{
    AUTO(json) json_t *document = NULL;
    enum err err = read_json(path, SCHEMA_MOST_BYTES, &document, error);
    if (err)
        return err;
    err = json_schema_compile(document, ret_schema, error);
    return err ? error_add_context(error, err, "%s", path) : OK;
}

static void print_verdict(const char *path, const struct schema_faults *faults,
                          const struct error *why)
{
    if (why->code)
        printf("%s\n", why->text);
    else if (faults->count == 0)
        printf("%s: valid\n", path);
    for (size_t i = 0; i < faults->count; i++)
        printf("%s: \"%s\": %s\n", path, faults->fault[i].pointer, faults->fault[i].detail);
}

static json_t *describe_verdict(const char *path, const struct schema_faults *faults,
                                const struct error *why)
{
    json_t *list = json_array();
    for (size_t i = 0; i < faults->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "pointer", faults->fault[i].pointer,
                                              "detail", faults->fault[i].detail));
    json_t *verdict = json_pack("{s:o, s:b, s:o}", "file", json_line_string(path), "valid",
                                !why->code && faults->count == 0, "errors", list);
    if (why->code)
        json_object_set_new(verdict, "problem", json_string(why->text));
    return verdict;
}

/* False if the document cannot be read or is not valid; prints the reasons. */
static bool validate(const struct json_schema *schema, const char *path, bool json)
{
    AUTO(json) json_t *document = NULL;
    AUTO(schema_faults) struct schema_faults faults = {0};
    struct error why = {0};
    bool fits = read_json(path, DOCUMENT_MOST_BYTES, &document, &why) == OK &&
                json_schema_validate(schema, document, &faults);
    if (json)
        json_line_print(describe_verdict(path, &faults, &why));
    else
        print_verdict(path, &faults, &why);
    return fits;
}

/* The event type or command, or NULL. */
static const char *find_nearest(const struct catalogue *catalogue, const char *name)
{
    size_t event_count, command_count, count = 0;
    const struct catalogue_entry *events = catalogue_events(catalogue, &event_count);
    const struct catalogue_entry *commands = catalogue_commands(catalogue, &command_count);
    const char **names = calloc(event_count + command_count + 1, sizeof *names);
    REQUIRE(names);
    for (size_t i = 0; i < event_count; i++)
        names[count++] = events[i].name;
    for (size_t i = 0; i < command_count; i++)
        names[count++] = commands[i].name;
    const char *nearest = slice_nearest(slice_of(name), names, count);
    free(names);
    return nearest;
}

/* Not a type of the catalogue, so it must be a file. */
static enum err compile_own(const struct catalogue *catalogue, const char *name,
                            struct json_schema **ret_schema, struct error *error)
{
    bool exists = false;
    enum err err = file_exists(name, &exists, error);
    if (err)
        return err;
    if (exists)
        return compile_file(name, ret_schema, error);
    const char *nearest = find_nearest(catalogue, name);
    return error_set(
        error, ERR_NOT_FOUND, "%s is neither a file nor an event type or command%s%s%s", name,
        nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

static const struct catalogue_entry *find_entry(const struct catalogue *catalogue, const char *name)
{
    size_t count;
    const struct catalogue_entry *event = catalogue_event(catalogue, slice_of(name));
    const struct catalogue_entry *commands = catalogue_commands(catalogue, &count);
    for (size_t i = 0; i < count && !event; i++)
        if (strcmp(commands[i].name, name) == 0)
            event = &commands[i];
    return event;
}

enum err schema_validate_run(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(json_schema) struct json_schema *own = NULL;
    const char *name = options->value[OPTION_SCHEMA];
    if (!name[0] || options->argument_count < 2)
        return error_set(error, ERR_USAGE, "validate: missing argument: --schema SCHEMA FILE...");
    enum err err = role_open_catalogue(options, &catalogue, error);
    const struct catalogue_entry *entry = err ? NULL : find_entry(catalogue, name);
    if (!err && !entry)
        err = compile_own(catalogue, name, &own, error);
    if (err)
        return err;
    bool all = true;
    for (size_t i = 1; i < options->argument_count; i++)
        all &= validate(entry ? entry->schema : own, options->argument[i],
                        option_flag(options, OPTION_JSON));
    return all ? OK : error_set(error, ERR_FAILED, "%s", "");
}
