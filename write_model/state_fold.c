#include "write_model/state_fold.h"

#include "base/json.h"
#include "base/text.h"

void state_fold_begin(struct state_fold *fold, const struct catalogue *catalogue,
                      const struct aggregate *aggregate)
{
    *fold = (struct state_fold){
        .catalogue = catalogue, .aggregate = aggregate, .state = aggregate->create()};
}

void state_fold_finish(struct state_fold *fold)
{
    if (fold->state)
        fold->aggregate->destroy(fold->state);
    fold->state = NULL;
}

struct prefetch_stream state_fold_wanted(const struct state_fold *fold, struct slice stream)
{
    return (struct prefetch_stream){
        .name = stream,
        .format = fold->aggregate->state_format,
        .catalogue = fold->catalogue ? catalogue_hash(fold->catalogue) : NULL,
    };
}

bool state_fold_snapshot(struct state_fold *fold, int64_t version, struct slice text)
{
    AUTO(json) json_t *json = NULL;
    void *state = NULL;
    if (json_read(text, &json, NULL) != OK || fold->aggregate->from_json(json, &state, NULL) != OK)
        return false;
    fold->aggregate->destroy(fold->state);
    fold->state = state;
    fold->version = version;
    return true;
}

static enum err fold_event(const struct state_fold *fold, const struct event *event,
                           struct error *error)
{
    AUTO(json) json_t *data = NULL;
    struct slice type = event->type;
    enum err err = json_read_stored(event->data, ERR_POISON, &data, error);
    if (err)
        return error_add_context(error, err, "its data");
    if (fold->catalogue)
        err = upcasters_apply(catalogue_upcasters(fold->catalogue), &type, data, error);
    if (!err)
        err = aggregate_error(fold->aggregate->evolve(fold->state, type.at, data, error), error);
    return err;
}

void state_fold_event(struct state_fold *fold, const struct event *event)
{
    if (fold->error.code)
        return;
    if (fold_event(fold, event, &fold->error) != OK)
        error_add_context(&fold->error, fold->error.code, "fold %.*s, position %lld",
                          SLICE(event->stream), (long long)event->position);
    fold->version = event->version;
}

/* ---- loading one stream ---- */

static bool take_snapshot(void *context, size_t stream, int64_t version, struct slice state)
{
    (void)stream;
    return state_fold_snapshot(context, version, state);
}

static enum err take_event(void *context, size_t stream, const struct event *event,
                           struct error *error)
{
    struct state_fold *fold = context;
    (void)stream;
    state_fold_event(fold, event);
    return fold->error.code ? error_set(error, fold->error.code, "%s", fold->error.text) : OK;
}

static enum err take_version(void *context, size_t stream, int64_t version, struct error *error)
{
    struct state_fold *fold = context;
    (void)stream, (void)error;
    REQUIRE(fold->version == version);
    return OK;
}

enum err state_fold_load(struct state_fold *fold, struct event_store *store, struct slice stream,
                         struct state_bound bound, struct error *error)
{
    const struct prefetch_sink sink = {
        .context = fold, .snapshot = take_snapshot, .event = take_event, .version = take_version};
    struct prefetch_stream wanted = state_fold_wanted(fold, stream);
    wanted.version = bound.version;
    wanted.at_us = bound.at_us;
    return event_store_prefetch(
        store, &(struct event_prefetch){.streams = &wanted, .stream_count = 1}, &sink, error);
}

enum err state_fold_load_json(struct event_store *store, const struct catalogue *catalogue,
                              const struct aggregate *aggregate, const char *id,
                              struct state_bound bound, json_t **ret_state, int64_t *ret_version,
                              struct error *error)
{
    AUTO(state_fold) struct state_fold fold = {0};
    AUTO(text) struct text stream = {0};
    text_printf(&stream, "%s/%s", aggregate->category, id);
    state_fold_begin(&fold, catalogue, aggregate);
    enum err err = state_fold_load(&fold, store, text_slice(&stream), bound, error);
    if (!err && fold.version == 0)
        err = error_set(error, ERR_NO_STREAM,
                        "stream %s not found, or empty at that version or time", stream.at);
    if (err)
        return err;
    *ret_state = aggregate->to_json(fold.state);
    *ret_version = fold.version;
    return OK;
}
