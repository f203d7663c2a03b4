/* Two lists sorted by name, which catalogue_read.c fills once; and the check of the upcasters: both types
 * exist, and upcast examples are valid. */
#include "base/encoding.h"
#include "schema/catalogue/catalogue_private.h"

#include "base/json.h"

#include <stdio.h>

static int compare_entries(const void *left, const void *right)
{
    const struct catalogue_entry *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void add_part(struct sha256 *sha, const char *name, struct slice text)
{
    sha256_add_u64(sha, strlen(name));
    sha256_add(sha, name, strlen(name));
    sha256_add_u64(sha, text.length);
    sha256_add(sha, text.at, text.length);
}

static void compute_hash(struct catalogue *catalogue)
{
    unsigned char hash[SHA256_BYTES];
    size_t count;
    const struct upcasters_entry *upcasters = upcasters_entries(catalogue->upcasters, &count);
    struct sha256 *sha = sha256_create();
    sha256_begin(sha);
    for (size_t i = 0; i < catalogue->events.count; i++)
        add_part(sha, catalogue->events.at[i].name, catalogue->events.at[i].text);
    for (size_t i = 0; i < count; i++)
        add_part(sha, upcasters[i].type, upcasters[i].text);
    sha256_end(sha, hash);
    sha256_destroy(sha);
    AUTO(text) struct text hex = {0};
    encoding_write_hex(hash, sizeof hash, &hex);
    memcpy(catalogue->hash, hex.at, sizeof catalogue->hash);
}

static void sort(struct entries *entries)
{
    if (entries->count)
        qsort(entries->at, entries->count, sizeof *entries->at, compare_entries);
}

static void finish_lists(struct catalogue *catalogue)
{
    struct entries *events = &catalogue->events;
    sort(events);
    sort(&catalogue->commands);
    catalogue->event_names =
        arena_allocate(&catalogue->arena, events->count * sizeof *catalogue->event_names);
    for (size_t i = 0; i < events->count; i++)
        catalogue->event_names[i] = events->at[i].name;
    compute_hash(catalogue);
}

/* The upcast example must be valid against the type that the upcaster converts to. */
static enum err check_example(const struct upcaster *upcaster, const struct catalogue_entry *to,
                              const json_t *example, struct error *error)
{
    AUTO(json) json_t *data = json_deep_copy(example);
    AUTO(schema_faults) struct schema_faults faults = {0};
    enum err err = upcaster_apply(upcaster, data, error);
    if (err || json_schema_validate(to->schema, data, &faults))
        return err;
    return error_set(error, ERR_DEFINITION, "at \"%s\" it does not fit %s: %s",
                     faults.fault[0].pointer, to->name, faults.fault[0].detail);
}

static enum err check_upcaster(const struct catalogue *catalogue,
                               const struct upcasters_entry *entry, struct error *error)
{
    const char *to_name = upcaster_to(entry->upcaster);
    const struct catalogue_entry *from = catalogue_event(catalogue, slice_of(entry->type));
    const struct catalogue_entry *to = catalogue_event(catalogue, slice_of(to_name));
    if (!from || !to)
        return error_set(error, ERR_DEFINITION, "unknown event type %s",
                         from ? to_name : entry->type);
    const json_t *examples = json_object_get(from->json, "examples"), *example;
    size_t i;
    json_array_foreach (examples, i, example) {
        enum err err = check_example(entry->upcaster, to, example, error);
        if (err)
            return error_add_context(error, ERR_DEFINITION, "example %zu of %s", i, from->name);
    }
    return OK;
}

static enum err check_upcasters(const struct catalogue *catalogue, struct error *error)
{
    size_t count;
    const struct upcasters_entry *entries = upcasters_entries(catalogue->upcasters, &count);
    for (size_t i = 0; i < count; i++) {
        enum err err = check_upcaster(catalogue, &entries[i], error);
        if (err)
            return error_add_context(error, err, "upcasters/%s.json", entries[i].type);
    }
    return OK;
}

/* `files` NULL: the directory alone. */
static enum err open_catalogue(const struct catalogue_files *files, const char *directory,
                               struct catalogue **ret_catalogue, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = calloc(1, sizeof *catalogue);
    REQUIRE(catalogue);
    atomic_init(&catalogue->holders, 1);
    catalogue->upcasters = upcasters_create();
    enum err err = files ? catalogue_read_built_in(catalogue, files, error) : OK;
    if (!err && directory)
        err = catalogue_read_directory(catalogue, directory, error);
    if (err)
        return err;
    finish_lists(catalogue);
    err = check_upcasters(catalogue, error);
    if (err)
        return err;
    *ret_catalogue = catalogue;
    catalogue = NULL;
    return OK;
}

enum err catalogue_open(const struct catalogue_files *files, const char *directory,
                        struct catalogue **ret_catalogue, struct error *error)
{
    return open_catalogue(files ? files : &(struct catalogue_files){0}, directory, ret_catalogue,
                          error);
}

enum err catalogue_open_alone(const char *directory, struct catalogue **ret_catalogue,
                              struct error *error)
{
    return open_catalogue(NULL, directory, ret_catalogue, error);
}

static void finish_entries(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        json_schema_destroy(entries->at[i].schema);
        json_decref(entries->at[i].json);
    }
    free(entries->at);
}

struct catalogue *catalogue_hold(const struct catalogue *catalogue)
{
    struct catalogue *held = (struct catalogue *)catalogue; /* only the count changes */
    atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void catalogue_close(struct catalogue *catalogue)
{
    if (!catalogue || atomic_fetch_sub(&catalogue->holders, 1) > 1)
        return;
    finish_entries(&catalogue->events);
    finish_entries(&catalogue->commands);
    upcasters_destroy(catalogue->upcasters);
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
    if (name.length == 0 || entries->count == 0 || memchr(name.at, '\0', name.length))
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
    size_t before = strlen(category) + 1, length = before + strlen(command);
    if (length > sizeof name)
        return NULL;
    memcpy(name, category, before - 1);
    name[before - 1] = '.';
    memcpy(name + before, command, length - before);
    return find(&catalogue->commands, (struct slice){name, length});
}

const struct catalogue_entry *catalogue_events(const struct catalogue *catalogue, size_t *ret_count)
{
    *ret_count = catalogue->events.count;
    return catalogue->events.at;
}

const struct catalogue_entry *catalogue_commands(const struct catalogue *catalogue,
                                                 size_t *ret_count)
{
    *ret_count = catalogue->commands.count;
    return catalogue->commands.at;
}

const struct upcasters *catalogue_upcasters(const struct catalogue *catalogue)
{
    return catalogue->upcasters;
}

const char *catalogue_nearest_event(const struct catalogue *catalogue, struct slice type)
{
    return slice_nearest(type, catalogue->event_names, catalogue->events.count);
}

const char *catalogue_hash(const struct catalogue *catalogue)
{
    return catalogue->hash;
}
