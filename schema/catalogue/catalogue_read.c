/* Reads built-in schemas first, then those of a directory. A built-in schema cannot be replaced,
 * only repeated word for word, because the program's code depends on it. */
#include "schema/catalogue/catalogue_private.h"

#include "base/array.h"
#include "base/embedded.h"
#include "base/file.h"
#include "base/id.h"
#include "base/json.h"

#define FILE_MOST_BYTES ((size_t)1024 * 1024)
#define SUFFIX          ".json"

extern const struct embedded_file annal_event_schemas[];

/* The list to fill, and the folder to fill it from. */
struct source {
    struct catalogue *catalogue;
    struct entries *entries; /* NULL: the upcasters */
    const char *folder;
};

static enum err check_name(const struct source *source, struct slice name, struct error *error)
{
    if (!id_is_valid(name))
        return error_set(error, ERR_DEFINITION,
                         "the file's name must be 1 to 128 of A-Z a-z 0-9 . _ ~ -");
    if (source->entries == &source->catalogue->commands && !memchr(name.at, '.', name.length))
        return error_set(error, ERR_DEFINITION, "the file's name must be CATEGORY.COMMAND" SUFFIX);
    return OK;
}

/* Reads and compiles a schema into an entry, which borrows the text. */
static enum err read_entry(struct slice text, struct catalogue_entry *ret_entry,
                           struct error *error)
{
    AUTO(json) json_t *json = NULL;
    enum err err = json_read(text, &json, error);
    if (!err)
        err = json_schema_compile(json, &ret_entry->schema, error);
    if (err)
        return err;
    ret_entry->text = text;
    ret_entry->json = json_incref(json);
    return OK;
}

/* Adds the schema in a file of this name. */
static enum err add_entry(const struct source *source, const char *file, struct slice text,
                          struct error *error)
{
    struct slice name = {file, strlen(file) - strlen(SUFFIX)};
    enum err err = check_name(source, name, error);
    if (err)
        return err;
    struct catalogue_entry entry;
    err = read_entry(text, &entry, error);
    if (err)
        return err;
    entry.name = arena_copy(&source->catalogue->arena, name).at;
    *ARRAY_ADD(source->entries) = entry;
    return OK;
}

static enum err add_upcaster(const struct catalogue *catalogue, const char *file, struct slice text,
                             struct error *error)
{
    struct slice type = {file, strlen(file) - strlen(SUFFIX)};
    return upcasters_add(catalogue->upcasters, type, text, error);
}

static enum err add_built_in(const struct source *source, const struct embedded_file *file,
                             struct error *error)
{
    for (; file && file->name; file++) {
        enum err err = add_entry(source, file->name, file->text, error);
        if (err)
            return error_add_context(error, ERR_DEFINITION, "the built-in schema %s", file->name);
    }
    source->entries->built_in = source->entries->count;
    return OK;
}

enum err catalogue_read_built_in(struct catalogue *catalogue, const struct catalogue_files *files,
                                 struct error *error)
{
    const struct source events = {catalogue, &catalogue->events, "events"};
    const struct source commands = {catalogue, &catalogue->commands, "commands"};
    const struct embedded_file *upcaster = files->upcasters;
    enum err err = add_built_in(&events, annal_event_schemas, error);
    if (!err)
        err = add_built_in(&events, files->events, error);
    if (!err)
        err = add_built_in(&commands, files->commands, error);
    for (; upcaster && upcaster->name && !err; upcaster++)
        err = add_upcaster(catalogue, upcaster->name, upcaster->text, error);
    return err;
}

static const struct catalogue_entry *find_built_in(const struct entries *entries, const char *file)
{
    struct slice name = {file, strlen(file) - strlen(SUFFIX)};
    for (size_t i = 0; i < entries->built_in; i++)
        if (slice_is(name, entries->at[i].name))
            return &entries->at[i];
    return NULL;
}

static enum err add_own(const struct source *source, const char *file, struct slice text,
                        struct error *error)
{
    const struct catalogue_entry *built_in = find_built_in(source->entries, file);
    if (!built_in)
        return add_entry(source, file, arena_copy(&source->catalogue->arena, text), error);
    if (slice_equal(built_in->text, text))
        return OK;
    return error_set(error, ERR_DEFINITION,
                     "%s is built in with another schema; choose another name", built_in->name);
}

/* The program's code expects its own types unchanged. */
static enum err add_own_upcaster(const struct catalogue *catalogue, const char *file,
                                 struct slice text, struct error *error)
{
    const struct catalogue_entry *built_in = find_built_in(&catalogue->events, file);
    if (built_in)
        return error_set(error, ERR_DEFINITION, "%s is built in; only the program may upcast it",
                         built_in->name);
    return add_upcaster(catalogue, file, text, error);
}

static enum err visit_own(void *context, const char *path, const char *file, struct error *error)
{
    const struct source *source = context;
    AUTO(text) struct text text = {0};
    enum err err = file_read(path, FILE_MOST_BYTES, &text, error);
    if (err)
        return error_add_context(error, ERR_DEFINITION, "schema file");
    err = source->entries ? add_own(source, file, text_slice(&text), error)
                          : add_own_upcaster(source->catalogue, file, text_slice(&text), error);
    return err ? error_add_context(error, ERR_DEFINITION, "%s", path) : OK;
}

static enum err wrong_directory(const char *directory, struct error *error)
{
    bool exists = false;
    enum err err = file_exists(directory, &exists, error);
    if (err)
        return error_add_context(error, ERR_DEFINITION, "schemas");
    if (!exists)
        return error_set(error, ERR_DEFINITION, "schemas: the directory %s does not exist",
                         directory);
    return error_set(error, ERR_DEFINITION,
                     "schemas: %s has neither a directory \"events\" nor \"commands\"", directory);
}

/* Any folder may be missing, but not both events and commands: then the directory is wrong. */
enum err catalogue_read_directory(struct catalogue *catalogue, const char *directory,
                                  struct error *error)
{
    struct source sources[] = {{catalogue, &catalogue->events, "events"},
                               {catalogue, &catalogue->commands, "commands"},
                               {catalogue, NULL, "upcasters"}};
    size_t found = 0;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/%s", directory, sources[i].folder);
        enum err err = file_each(path.at, SUFFIX, visit_own, &sources[i], error);
        if (err && err != ERR_NOT_FOUND)
            return err == ERR_DEFINITION ? err
                                         : error_add_context(error, ERR_DEFINITION, "schemas");
        found += !err && sources[i].entries;
    }
    return found ? OK : wrong_directory(directory, error);
}
