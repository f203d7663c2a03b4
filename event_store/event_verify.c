/* Reads the log in batches, in constant memory; event_store_read_after() recomputes the chain. It never
 * repairs anything. */
#include "event_store/event_verify.h"

#include "event_store/event_store_engine.h"

#define BATCH_EVENTS 256
#define BATCH_BYTES  (256 * 1024)

/* event_store_read_after() has verified position and hash. */
static enum err check_event(struct verified *verified, const struct event *event,
                            struct error *error)
{
    if (event->time_us < verified->time_us)
        return event_store_read_damaged(event->position,
                                        "the time is earlier than that of the event before", error);
    if (event->version < 1)
        return event_store_read_damaged(event->position, "the version is not positive", error);
    verified->position = event->position;
    verified->time_us = event->time_us;
    memcpy(verified->hash, event->hash, EVENT_HASH_BYTES);
    return OK;
}

/* Versions are checked by the engine, a batch at a time: keeping each stream's would need memory. */
static enum err check_versions(struct event_store *store, int64_t first, int64_t last,
                               struct error *error)
{
    int64_t position = 0;
    enum err err = store->engine->find_version_gap(store, first, last, &position, error);
    if (!err && position)
        err = event_store_read_damaged(
            position, "the version does not follow that of the stream's event before", error);
    return err;
}

/* A wrong version of an earlier event is reported before a fault of a later event. */
enum err event_verify_next(struct event_store *store, int64_t end, struct verified *verified,
                           size_t *ret_count, struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    int64_t left = end - verified->position;
    struct read_limit limit = {left < BATCH_EVENTS ? (size_t)left : BATCH_EVENTS, BATCH_BYTES};
    struct error later = {0};
    *ret_count = 0;
    if (left <= 0)
        return OK;
    int64_t first = verified->position + 1;
    size_t i = 0;
    enum err err = event_store_read_after(store, verified->position, limit, &batch, &later);
    enum err check = OK;
    for (; i < batch.count && batch.events[i].position <= end && !check; i++)
        check = check_event(verified, &batch.events[i], &later);
    if (check)
        err = check;
    *ret_count = i;
    enum err gap = i > 0 ? check_versions(store, first, verified->position, error) : OK;
    if (!gap && err)
        error_set(error, err, "%s", later.text);
    return gap ? gap : err;
}

static enum err compare(const struct checkpoint *expect, struct event_store *store,
                        const struct verified *verified, int64_t first, struct error *error)
{
    unsigned char hash[EVENT_HASH_BYTES];
    if (!expect || expect->position < first || expect->position > verified->position)
        return OK;
    enum err err = event_store_hash_at(store, expect->position, hash, error);
    if (!err && memcmp(hash, expect->hash, sizeof hash) != 0)
        err = error_set(error, ERR_CORRUPT,
                        "the event at position %lld does not have the expected hash: the log was "
                        "changed",
                        (long long)expect->position);
    return err;
}

static enum err walk_to(struct event_store *store, int64_t end, const struct checkpoint *expect,
                        progress_fn *progress, void *context, struct verified *verified,
                        struct error *error)
{
    enum err err = OK;
    while (!err && verified->position < end) {
        int64_t first = verified->position + 1;
        size_t count = 0;
        err = event_verify_next(store, end, verified, &count, error);
        if (!err && count == 0)
            err = event_store_read_damaged(first, "the event is missing", error);
        if (!err)
            err = compare(expect, store, verified, first, error);
        if (!err && progress && !progress(context, verified->position, end))
            err = error_set(error, ERR_INTERRUPTED, "verified up to position %lld only",
                            (long long)verified->position);
    }
    return err;
}

/* The expected checkpoint must belong to this log and be within it. */
static enum err check_expected(const struct checkpoint *expect, const struct checkpoint *head,
                               struct error *error)
{
    static const unsigned char zeros[EVENT_HASH_BYTES];
    if (expect->log_id[0] && strcmp(expect->log_id, head->log_id) != 0)
        return error_set(error, ERR_OTHER_LOG, "log id is %s; expected %s", head->log_id,
                         expect->log_id);
    if (expect->position < 0 || expect->position > head->position)
        return error_set(error, ERR_CORRUPT,
                         "the log ends at position %lld, before the expected %lld",
                         (long long)head->position, (long long)expect->position);
    if (expect->position == 0 && memcmp(expect->hash, zeros, sizeof zeros) != 0)
        return error_set(error, ERR_CORRUPT,
                         "position 0: the hash before the first event is zeros, expected another");
    return OK;
}

enum err event_verify(struct event_store *store, const struct checkpoint *expect,
                      progress_fn *progress, void *context, struct checkpoint *ret_head,
                      struct error *error)
{
    struct checkpoint head;
    enum err err = event_store_head(store, &head, NULL, error);
    if (!err && expect)
        err = check_expected(expect, &head, error);
    if (err)
        return err;
    struct verified verified = {0};
    err = walk_to(store, head.position, expect, progress, context, &verified, error);
    if (err)
        return err;
    *ret_head = head;
    memcpy(ret_head->hash, verified.hash, EVENT_HASH_BYTES);
    return OK;
}
