/* annal schema validate: documents against one schema, a file's or one of the catalogue. */
#include "cli/schema.h"

#include "base/file.h"
#include "base/json.h"
#include "cli/role.h"

#include <stdio.h>

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

/* False if it could not be read or does not fit, which it has then said. */
static bool validate(const struct json_schema *schema, const char *path)
{
    AUTO(json) json_t *document = NULL;
    AUTO(schema_faults) struct schema_faults faults = {0};
    struct error error = {0};
    if (read_json(path, DOCUMENT_MOST_BYTES, &document, &error)) {
        printf("%s\n", error.text);
        return false;
    }
    bool fits = json_schema_validate(schema, document, &faults);
    if (fits)
        printf("%s: fits\n", path);
    for (size_t i = 0; i < faults.count; i++)
        printf("%s: \"%s\": %s\n", path, faults.fault[i].pointer, faults.fault[i].detail);
    return fits;
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
        return error_set(error, ERR_USAGE, "validate wants --schema SCHEMA and FILE...");
    enum err err = role_open_catalogue(options, &catalogue, error);
    const struct catalogue_entry *entry = err ? NULL : find_entry(catalogue, name);
    if (!err && !entry)
        err = compile_file(name, &own, error);
    if (err)
        return err;
    bool all = true;
    for (size_t i = 1; i < options->argument_count; i++)
        all = validate(entry ? entry->schema : own, options->argument[i]) && all;
    return all ? OK : error_set(error, ERR_FAILED, "%s", "");
}
