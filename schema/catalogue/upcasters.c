/* A sorted list. Chains end because each upcaster leads to a higher version of the same type. */
#include "schema/catalogue/upcasters.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/json.h"

struct upcasters {
    struct upcasters_entry *at; /* sorted by type */
    size_t count, capacity;
    struct arena arena;
};

struct upcasters *upcasters_create(void)
{
    struct upcasters *upcasters = calloc(1, sizeof *upcasters);
    REQUIRE(upcasters);
    return upcasters;
}

void upcasters_destroy(struct upcasters *upcasters)
{
    if (!upcasters)
        return;
    for (size_t i = 0; i < upcasters->count; i++)
        upcaster_destroy(upcasters->at[i].upcaster);
    free(upcasters->at);
    arena_finish(&upcasters->arena);
    free(upcasters);
}

static enum err check_versions(struct slice type, const char *to, struct error *error)
{
    struct slice name, to_name;
    int64_t version = event_type_version(type, &name),
            to_version = event_type_version(slice_of(to), &to_name);
    if (version && to_version > version && slice_equal(name, to_name))
        return OK;
    return error_set(error, ERR_DEFINITION,
                     "an upcaster must convert to a later version of its type: %.*s.v2, not %s",
                     SLICE(name), to);
}

static int compare(struct slice type, const char *other)
{
    size_t length = strlen(other);
    int order = memcmp(type.at, other, type.length < length ? type.length : length);
    return order ? order : (type.length > length) - (type.length < length);
}

/* The index of the type, or where to insert it. */
static size_t find_place(const struct upcasters *upcasters, struct slice type)
{
    size_t low = 0, high = upcasters->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(type, upcasters->at[middle].type) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(struct upcasters *upcasters, struct upcasters_entry entry)
{
    size_t at = find_place(upcasters, slice_of(entry.type));
    (void)ARRAY_ADD(upcasters);
    memmove(upcasters->at + at + 1, upcasters->at + at,
            (upcasters->count - 1 - at) * sizeof *upcasters->at);
    upcasters->at[at] = entry;
}

enum err upcasters_add(struct upcasters *upcasters, struct slice type, struct slice text,
                       struct error *error)
{
    AUTO(upcaster) struct upcaster *upcaster = NULL;
    enum err err = upcaster_read(text, &upcaster, error);
    if (!err)
        err = check_versions(type, upcaster_to(upcaster), error);
    if (err)
        return err;
    if (upcasters_find(upcasters, type))
        return error_set(error, ERR_DEFINITION, "duplicate upcaster from %.*s", SLICE(type));
    insert(upcasters, (struct upcasters_entry){arena_copy(&upcasters->arena, type).at,
                                               arena_copy(&upcasters->arena, text), upcaster});
    upcaster = NULL;
    return OK;
}

const struct upcasters_entry *upcasters_entries(const struct upcasters *upcasters,
                                                size_t *ret_count)
{
    *ret_count = upcasters->count;
    return upcasters->at;
}

const struct upcaster *upcasters_find(const struct upcasters *upcasters, struct slice type)
{
    if (upcasters->count == 0)
        return NULL;
    size_t at = find_place(upcasters, type);
    bool found = at < upcasters->count && slice_is(type, upcasters->at[at].type);
    return found ? upcasters->at[at].upcaster : NULL;
}

struct slice upcasters_newest(const struct upcasters *upcasters, struct slice type)
{
    const struct upcaster *upcaster;
    while ((upcaster = upcasters_find(upcasters, type)))
        type = slice_of(upcaster_to(upcaster));
    return type;
}

enum err upcasters_apply(const struct upcasters *upcasters, struct slice *type, json_t *data,
                         struct error *error)
{
    const struct upcaster *upcaster;
    while ((upcaster = upcasters_find(upcasters, *type))) {
        enum err err = upcaster_apply(upcaster, data, error);
        if (err)
            return err;
        *type = slice_of(upcaster_to(upcaster));
    }
    return OK;
}

enum err upcasters_read_event(const struct upcasters *upcasters, const struct event *event,
                              struct text *buffer, struct event *ret_event, struct error *error)
{
    *ret_event = *event;
    if (!upcasters_find(upcasters, event->type))
        return OK;
    AUTO(json) json_t *data = NULL;
    enum err err = json_read_stored(event->data, ERR_CORRUPT, &data, error);
    if (err)
        return error_add_context(error, err, "the data of event %lld", (long long)event->position);
    err = upcasters_apply(upcasters, &ret_event->type, data, error);
    if (err)
        return error_add_context(error, err, "event %lld, %.*s of %.*s", (long long)event->position,
                                 SLICE(event->type), SLICE(event->stream));
    text_clear(buffer);
    json_write(data, buffer);
    ret_event->data = text_slice(buffer);
    return OK;
}
