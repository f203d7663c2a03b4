#include "sagas/saga_events.h"

#include "base/id.h"
#include "sagas/saga_key.h"

#include <stdio.h>

#define TYPE_BYTES 256

/* An event as sagas see it: NUL-terminated, its data parsed. */
struct seen {
    const struct event *event;
    char category[SAGA_ID_BYTES], id[SAGA_ID_BYTES], type[TYPE_BYTES];
    json_t *data;
};

static bool copy(struct slice from, char *out, size_t bytes)
{
    if (from.length >= bytes)
        return false;
    memcpy(out, from.at, from.length);
    out[from.length] = '\0';
    return true;
}

static bool listens(const struct saga_kind *kind, struct slice event_type)
{
    for (const char *const *type = kind->event_types; *type; type++)
        if (slice_is(event_type, *type))
            return true;
    return false;
}

/* True of the sagas' own events, and of types that no saga listens to. */
static bool is_of_no_interest(const struct saga_turns *turns, const struct event *event,
                              struct slice newest)
{
    if (slice_is(event_category(event), "saga"))
        return true;
    for (const struct saga_kind *const *kind = turns->kinds; *kind; kind++)
        if (listens(*kind, newest))
            return false;
    return true;
}

static void write_what(const struct seen *seen, struct text *what)
{
    text_printf(what, "%s of %.*s at position %lld", seen->type, SLICE(seen->event->stream),
                (long long)seen->event->position);
}

/* The correlationid of an external event may be any text. The commands of the saga can carry only a value
 * that is valid in a header; otherwise the saga's id replaces it. */
static void read_cause(const struct event *event, struct saga_row *row)
{
    struct slice correlation = event_attribute(event, "correlationid");
    if (!id_can_travel(correlation) ||
        !copy(correlation, row->correlation, sizeof row->correlation))
        snprintf(row->correlation, sizeof row->correlation, "%s", row->id);
    if (!copy(event_attribute(event, "traceparent"), row->traceparent, sizeof row->traceparent))
        row->traceparent[0] = '\0';
}

static enum err begin(const struct saga_turns *turns, const json_t *settings,
                      const struct saga_kind *kind, const char *id, const struct seen *seen,
                      struct error *error)
{
    AUTO(saga_row) struct saga_row row = {.version = kind->version};
    AUTO(text) struct text what = {0};
    row.facts = kind->begin(id, seen->data, settings);
    if (!row.facts)
        return OK;
    write_what(seen, &what);
    snprintf(row.saga, sizeof row.saga, "%s", kind->name);
    snprintf(row.id, sizeof row.id, "%s", id);
    read_cause(seen->event, &row);
    return saga_turn_begin(turns, &row, what.at, error);
}

/* A saga uses the table with which it began. If this program does not have that table, the event reaches
 * the saga through the newest version, and the saga becomes stuck: an operator must look. */
static bool is_for(const struct saga_turns *turns, const struct saga_kind *kind,
                   const struct saga_row *row)
{
    if (row->version == kind->version)
        return true;
    return !saga_find(turns->kinds, kind->name, row->version) &&
           saga_find(turns->kinds, kind->name, 0) == kind;
}

static enum err take(const struct saga_turns *turns, const struct saga_kind *kind, const char *id,
                     const struct seen *seen, struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    AUTO(text) struct text what = {0};
    bool found = false;
    enum err err = saga_store_find(turns->store, kind->name, id, &row, &found, error);
    if (err || !found || !is_for(turns, kind, &row))
        return err;
    struct saga_input input = {
        .kind = SAGA_EVENT,
        .category = seen->category,
        .id = seen->id,
        .command = "",
        .type = seen->type,
        .data = seen->data,
        .position = seen->event->position,
        .own = saga_key_is_own(saga_store_key(turns->store), &row, seen->category, seen->id,
                               event_attribute(seen->event, "causationid")),
        .reason = "",
    };
    write_what(seen, &what);
    return saga_turn_take(turns, &row, &input, what.at, error);
}

static enum err apply_to(const struct saga_turns *turns, const json_t *settings,
                         const struct saga_kind *kind, const struct seen *seen, struct error *error)
{
    const char *id = kind->concerns(seen->category, seen->id, seen->data);
    if (!id || !id_is_valid(slice_of(id)))
        return OK;
    bool begins = strcmp(kind->begins_with, seen->type) == 0;
    if (begins && saga_find(turns->kinds, kind->name, 0) == kind)
        return begin(turns, settings, kind, id, seen, error);
    return begins ? OK : take(turns, kind, id, seen, error);
}

enum err saga_events_apply(const struct saga_turns *turns, const json_t *settings,
                           const struct event *event, struct error *error)
{
    struct seen seen = {.event = event};
    struct slice type = event->type;
    struct slice newest = turns->upcasters ? upcasters_newest(turns->upcasters, type) : type;
    if (is_of_no_interest(turns, event, newest) ||
        !copy(event_category(event), seen.category, sizeof seen.category) ||
        !copy(event_stream_id(event), seen.id, sizeof seen.id) ||
        !copy(newest, seen.type, sizeof seen.type))
        return OK;
    AUTO(json) json_t *data = NULL;
    enum err err = json_read_stored(event->data, ERR_CORRUPT, &data, error);
    if (err)
        return error_add_context(error, err, "the data of position %lld",
                                 (long long)event->position);
    if (turns->upcasters)
        err = upcasters_apply(turns->upcasters, &type, data, error);
    if (err)
        return error_add_context(error, err, "position %lld", (long long)event->position);
    seen.data = data;
    for (const struct saga_kind *const *kind = turns->kinds; !err && *kind; kind++)
        if (listens(*kind, newest))
            err = apply_to(turns, settings, *kind, &seen, error);
    return err;
}
