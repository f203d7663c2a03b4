/* Folds in batches of bounded size, so that a long stream needs no more memory than a short one. */
#include "write_model/state_load.h"

#include "base/json.h"
#include "event_store/sqlite/event_log.h"
#include "write_model/snapshot.h"

#define BATCH_EVENTS 256
#define BATCH_BYTES  (1024 * 1024)

static bool is_beyond(struct state_bound bound, const struct event *event)
{
    return (bound.version && event->version > bound.version) ||
           (bound.at_us && event->time_us > bound.at_us);
}

/* An aggregate sees only the newest version of an event. */
static enum err fold_event(const struct catalogue *catalogue, const struct aggregate *aggregate,
                           const struct event *event, void *state, struct error *error)
{
    AUTO(json) json_t *data = NULL;
    struct slice type = event->type;
    enum err err = json_read(event->data, &data, error);
    if (err)
        err = error_set(error, ERR_POISON, "its data is not JSON");
    if (!err && catalogue)
        err = upcasters_apply(catalogue_upcasters(catalogue), &type, data, error);
    if (!err)
        err = aggregate_error(aggregate->evolve(state, type.at, data, error), error);
    if (err)
        return error_add_context(error, err, "fold %.*s, position %lld", SLICE(event->stream),
                                 (long long)event->position);
    return OK;
}

/* Folds the events after *version in; *version follows. */
static enum err fold(struct event_store *store, const struct catalogue *catalogue,
                     const struct aggregate *aggregate, struct slice stream,
                     struct state_bound bound, void *state, int64_t *version, struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    struct read_limit limit = {BATCH_EVENTS, BATCH_BYTES};
    int64_t current = *version + 1;
    while (*version < current) {
        enum err err = event_store_read_stream(store, stream, *version + 1, READ_FORWARD, limit,
                                               &batch, &current, error);
        if (err || batch.count == 0)
            return err;
        for (size_t i = 0; i < batch.count; i++) {
            if (batch.events[i].version != *version + 1)
                return event_store_read_damaged(batch.events[i].position,
                                                "the stream's event before it is missing", error);
            if (is_beyond(bound, &batch.events[i]))
                return OK;
            err = fold_event(catalogue, aggregate, &batch.events[i], state, error);
            if (err)
                return err;
            *version = batch.events[i].version;
        }
    }
    return OK;
}

enum err state_load(struct event_store *store, const struct catalogue *catalogue,
                    const struct aggregate *aggregate, struct slice stream,
                    struct state_bound bound, void **ret_state, int64_t *ret_version,
                    struct error *error)
{
    int64_t number, version = 0;
    void *state = NULL;
    enum err err = stream_name_find(event_log_of(store), stream, &number, error);
    if (!err && number)
        err = snapshot_find(event_log_of(store), catalogue, aggregate, number, bound.version,
                            bound.at_us, &state, &version, error);
    if (err)
        return err;
    if (!state) {
        version = 0;
        state = aggregate->create();
    }
    if (number)
        err = fold(store, catalogue, aggregate, stream, bound, state, &version, error);
    if (err) {
        aggregate->destroy(state);
        return err;
    }
    *ret_state = state;
    *ret_version = version;
    return OK;
}
