#include "write_model/state_load.h"

#include "base/text.h"

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

enum err state_load(struct event_store *store, struct slice stream, struct state_bound bound,
                    struct state_fold *fold, struct error *error)
{
    const struct prefetch_sink sink = {
        .context = fold, .snapshot = take_snapshot, .event = take_event, .version = take_version};
    struct prefetch_stream wanted = state_fold_wanted(fold, stream);
    wanted.version = bound.version;
    wanted.at_us = bound.at_us;
    return event_store_prefetch(
        store, &(struct event_prefetch){.streams = &wanted, .stream_count = 1}, &sink, error);
}

enum err state_load_json(struct event_store *store, const struct catalogue *catalogue,
                         const struct aggregate *aggregate, const char *id,
                         struct state_bound bound, json_t **ret_state, int64_t *ret_version,
                         struct error *error)
{
    AUTO(state_fold) struct state_fold fold = {0};
    AUTO(text) struct text stream = {0};
    text_printf(&stream, "%s/%s", aggregate->category, id);
    state_fold_begin(&fold, catalogue, aggregate);
    enum err err = state_load(store, text_slice(&stream), bound, &fold, error);
    if (!err && fold.version == 0)
        err = error_set(error, ERR_NO_STREAM, "there is no stream %s, or it had not begun",
                        stream.at);
    if (err)
        return err;
    *ret_state = aggregate->to_json(fold.state);
    *ret_version = fold.version;
    return OK;
}
