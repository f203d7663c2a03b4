/* Shipped schemas are read out of the program, one's own behind them from files; both end in one
 * list sorted by name. A shipped schema cannot be replaced, only repeated word for word: the
 * program's own code relies on it.
 */
#include "schema/catalogue.h"

#include "base/arena.h"
#include "base/embedded.h"
#include "base/file.h"
#include "base/id.h"
#include "base/json.h"
#include "base/sha256.h"

#include <stdio.h>

#define FILE_MOST_BYTES ((size_t)1024 * 1024)
#define SUFFIX          ".json"

extern const struct embedded_file event_schemas[], command_schemas[];

struct entries {
    struct catalogue_entry *at;
    size_t count, capacity, shipped;
};

struct catalogue {
    struct entries events, commands;
    const char **event_names; /* as in events */
    char hash[2 * SHA256_BYTES + 1];
    struct arena arena; /* names, and texts of files */
};

/* What is being added to, and from where. */
struct source {
    struct catalogue *catalogue;
    struct entries *entries;
    bool commands;
};

static struct catalogue_entry *next_entry(struct entries *entries)
{
    if (entries->count == entries->capacity) {
        entries->capacity = entries->capacity ? entries->capacity * 2 : 64;
        entries->at = reallocarray(entries->at, entries->capacity, sizeof *entries->at);
        REQUIRE(entries->at);
    }
    return &entries->at[entries->count];
}

static enum err check_name(const struct source *source, struct slice name, struct error *error)
{
    if (!id_is_valid(name))
        return error_set(error, ERR_DEFINITION,
                         "the file's name must be of letters, digits and . _ ~ -, at most 128");
    if (source->commands && !memchr(name.at, '.', name.length))
        return error_set(error, ERR_DEFINITION, "the file's name must be CATEGORY.COMMAND" SUFFIX);
    return OK;
}

/* Reads and compiles a schema into an entry, whose text must stay. */
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
    struct catalogue_entry *entry = next_entry(source->entries); /* counted once it is read */
    err = read_entry(text, entry, error);
    if (err)
        return err;
    entry->name = arena_copy(&source->catalogue->arena, name).at;
    source->entries->count++;
    return OK;
}

static enum err add_shipped(const struct source *source, const struct embedded_file *file,
                            struct error *error)
{
    for (; file->name; file++) {
        enum err err = add_entry(source, file->name, file->text, error);
        if (err)
            return error_add_context(error, ERR_DEFINITION, "the shipped schema %s", file->name);
    }
    source->entries->shipped = source->entries->count;
    return OK;
}

static const struct catalogue_entry *find_shipped(const struct entries *entries, const char *file)
{
    struct slice name = {file, strlen(file) - strlen(SUFFIX)};
    for (size_t i = 0; i < entries->shipped; i++)
        if (slice_is(name, entries->at[i].name))
            return &entries->at[i];
    return NULL;
}

static enum err add_own(const struct source *source, const char *file, struct slice text,
                        struct error *error)
{
    const struct catalogue_entry *shipped = find_shipped(source->entries, file);
    if (!shipped)
        return add_entry(source, file, arena_copy(&source->catalogue->arena, text), error);
    if (slice_equal(shipped->text, text))
        return OK;
    return error_set(error, ERR_DEFINITION,
                     "%s ships with the program and its schema is another; choose another name",
                     shipped->name);
}

static enum err visit_own(void *context, const char *path, const char *file, struct error *error)
{
    AUTO(text) struct text text = {0};
    enum err err = file_read(path, FILE_MOST_BYTES, &text, error);
    if (err)
        return error_add_context(error, ERR_DEFINITION, "a schema of one's own");
    err = add_own(context, file, text_slice(&text), error);
    return err ? error_add_context(error, ERR_DEFINITION, "%s", path) : OK;
}

/* Either folder may be missing, but not both: that would be the wrong directory. */
static enum err add_directory(struct source *sources, size_t count, const char *directory,
                              struct error *error)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/%s", directory, sources[i].commands ? "commands" : "events");
        enum err err = file_each(path.at, SUFFIX, visit_own, &sources[i], error);
        if (err && err != ERR_NOT_FOUND)
            return err == ERR_DEFINITION ? err
                                         : error_add_context(error, ERR_DEFINITION, "schemas");
        found += !err;
    }
    if (!found)
        return error_set(error, ERR_DEFINITION,
                         "%s: there is neither a folder events nor one commands in it", directory);
    return OK;
}

static int compare_entries(const void *left, const void *right)
{
    const struct catalogue_entry *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void compute_hash(struct catalogue *catalogue)
{
    unsigned char hash[SHA256_BYTES];
    struct sha256 *sha = sha256_create();
    sha256_begin(sha);
    for (size_t i = 0; i < catalogue->events.count; i++) {
        const struct catalogue_entry *entry = &catalogue->events.at[i];
        sha256_add_u64(sha, strlen(entry->name));
        sha256_add(sha, entry->name, strlen(entry->name));
        sha256_add_u64(sha, entry->text.length);
        sha256_add(sha, entry->text.at, entry->text.length);
    }
    sha256_end(sha, hash);
    sha256_destroy(sha);
    AUTO(text) struct text hex = {0};
    text_add_hex(&hex, hash, sizeof hash);
    memcpy(catalogue->hash, hex.at, sizeof catalogue->hash);
}

static void finish_lists(struct catalogue *catalogue)
{
    struct entries *events = &catalogue->events, *commands = &catalogue->commands;
    qsort(events->at, events->count, sizeof *events->at, compare_entries);
    qsort(commands->at, commands->count, sizeof *commands->at, compare_entries);
    catalogue->event_names =
        arena_allocate(&catalogue->arena, events->count * sizeof *catalogue->event_names);
    for (size_t i = 0; i < events->count; i++)
        catalogue->event_names[i] = events->at[i].name;
    compute_hash(catalogue);
}

enum err catalogue_open(const char *directory, struct catalogue **ret_catalogue,
                        struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = calloc(1, sizeof *catalogue);
    REQUIRE(catalogue);
    struct source sources[] = {
        {catalogue, &catalogue->events, false},
        {catalogue, &catalogue->commands, true},
    };
    enum err err = add_shipped(&sources[0], event_schemas, error);
    if (!err)
        err = add_shipped(&sources[1], command_schemas, error);
    if (!err && directory)
        err = add_directory(sources, 2, directory, error);
    if (err)
        return err;
    finish_lists(catalogue);
    *ret_catalogue = catalogue;
    catalogue = NULL;
    return OK;
}

static void finish_entries(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        json_schema_destroy(entries->at[i].schema);
        json_decref(entries->at[i].json);
    }
    free(entries->at);
}

void catalogue_close(struct catalogue *catalogue)
{
    if (!catalogue)
        return;
    finish_entries(&catalogue->events);
    finish_entries(&catalogue->commands);
    arena_finish(&catalogue->arena);
    free(catalogue);
}

static int compare_name(const void *key, const void *entry)
{
    const struct slice *name = key;
    const char *other = ((const struct catalogue_entry *)entry)->name;
    int order = strncmp(name->at, other, name->length);
    return order ? order : -(other[name->length] != '\0');
}

static const struct catalogue_entry *find(const struct entries *entries, struct slice name)
{
    if (name.length == 0 || memchr(name.at, '\0', name.length))
        return NULL;
    return bsearch(&name, entries->at, entries->count, sizeof *entries->at, compare_name);
}

const struct catalogue_entry *catalogue_event(const struct catalogue *catalogue, struct slice type)
{
    return find(&catalogue->events, type);
}

const struct catalogue_entry *catalogue_command(const struct catalogue *catalogue,
                                                const char *category, const char *command)
{
    char name[300];
    int length = snprintf(name, sizeof name, "%s.%s", category, command);
    if ((size_t)length >= sizeof name)
        return NULL;
    return find(&catalogue->commands, (struct slice){name, (size_t)length});
}

const struct catalogue_entry *catalogue_events(const struct catalogue *catalogue, size_t *ret_count)
{
    *ret_count = catalogue->events.count;
    return catalogue->events.at;
}

const char *catalogue_nearest_event(const struct catalogue *catalogue, struct slice type)
{
    return text_nearest(type, catalogue->event_names, catalogue->events.count);
}

const char *catalogue_hash(const struct catalogue *catalogue)
{
    return catalogue->hash;
}
