/* Reads the log in batches, in constant memory, and recomputes the chain from the first event to
 * what was the head when it began. It never repairs anything. */
#include "write_model/event_verify.h"

#include "write_model/event_log_private.h"
#include "write_model/event_read.h"

#define BATCH_EVENTS 1000
#define BATCH_BYTES  (1024 * 1024)

struct walk {
    struct event_log *log;
    const struct checkpoint *expect;
    int64_t end, time_us;
    struct checkpoint at; /* the last event that follows */
};

static enum err broken(int64_t position, const char *what, struct error *error)
{
    return error_set(error, ERR_CORRUPT, "position %lld: %s", (long long)position, what);
}

static enum err check_event(struct walk *walk, const struct event *event, struct error *error)
{
    unsigned char hash[EVENT_HASH_BYTES];
    int64_t position = walk->at.position + 1;
    if (event->position != position)
        return broken(position, "the event is missing", error);
    event_compute_hash(walk->log->sha, walk->at.hash, event, hash);
    if (memcmp(hash, event->hash, EVENT_HASH_BYTES) != 0)
        return broken(position, "the hash does not follow from the event and the hash before",
                      error);
    if (event->time_us < walk->time_us)
        return broken(position, "the time is earlier than that of the event before", error);
    if (event->version < 1)
        return broken(position, "the version is not positive", error);
    if (walk->expect && walk->expect->position == position &&
        memcmp(walk->expect->hash, hash, EVENT_HASH_BYTES) != 0)
        return broken(position, "the hash is not the expected one: the log was rewritten", error);
    walk->at.position = position;
    walk->time_us = event->time_us;
    memcpy(walk->at.hash, hash, EVENT_HASH_BYTES);
    return OK;
}

/* Versions are checked by SQL, a batch at a time: keeping each stream's would need memory. */
static enum err check_versions(struct walk *walk, int64_t first, int64_t last, struct error *error)
{
    struct statement *gap;
    int64_t position = 0;
    enum err err = log_statement_get(walk->log, LOG_VERSION_GAP, &gap, error);
    if (err)
        return err;
    statement_bind_int(gap, 1, first);
    statement_bind_int(gap, 2, last);
    err = log_statement_read_int(gap, 0, &position, error);
    if (!err && position)
        err = broken(position, "the version does not follow that of the stream's event before",
                     error);
    return err;
}

static enum err check_batch(struct walk *walk, const struct event_batch *batch, struct error *error)
{
    int64_t first = walk->at.position + 1;
    enum err err = OK;
    for (size_t i = 0; i < batch->count && walk->at.position < walk->end && !err; i++)
        err = check_event(walk, &batch->events[i], error);
    if (walk->at.position >= first) {
        /* What is wrong with an earlier event's version is told before a later one's hash. */
        struct error earlier = {0};
        enum err gap = check_versions(walk, first, walk->at.position, &earlier);
        if (gap) {
            if (error)
                *error = earlier;
            return gap;
        }
    }
    return err;
}

static enum err walk_on(struct walk *walk, progress_fn *progress, void *context,
                        struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    struct read_limit limit = {BATCH_EVENTS, BATCH_BYTES};
    enum err err = OK;
    while (!err && walk->at.position < walk->end) {
        err = event_read_all(walk->log, walk->at.position, limit, &batch, error);
        if (!err && batch.count == 0)
            err = broken(walk->at.position + 1, "the event is missing", error);
        if (!err)
            err = check_batch(walk, &batch, error);
        if (!err && progress && !progress(context, walk->at.position, walk->end))
            err = error_set(error, ERR_INTERRUPTED, "verified up to position %lld only",
                            (long long)walk->at.position);
    }
    return err;
}

/* What was expected must be of this log, and within it. */
static enum err check_expected(const struct checkpoint *expect, const struct checkpoint *head,
                               struct error *error)
{
    static const unsigned char zeros[EVENT_HASH_BYTES];
    if (expect->log_id[0] && strcmp(expect->log_id, head->log_id) != 0)
        return error_set(error, ERR_OTHER_LOG, "this is log %s, expected was %s", head->log_id,
                         expect->log_id);
    if (expect->position < 0 || expect->position > head->position)
        return error_set(error, ERR_CORRUPT,
                         "the log ends at position %lld, before the expected %lld",
                         (long long)head->position, (long long)expect->position);
    if (expect->position == 0 && memcmp(expect->hash, zeros, sizeof zeros) != 0)
        return broken(0, "the hash before the first event is zeros, expected was another", error);
    return OK;
}

enum err event_verify(struct event_log *log, const struct checkpoint *expect, progress_fn *progress,
                      void *context, struct checkpoint *ret_head, struct error *error)
{
    struct checkpoint head;
    enum err err = event_log_head(log, &head, NULL, error);
    if (!err && expect)
        err = check_expected(expect, &head, error);
    if (err)
        return err;
    struct walk walk = {.log = log, .expect = expect, .end = head.position};
    memcpy(walk.at.log_id, head.log_id, sizeof head.log_id);
    err = walk_on(&walk, progress, context, error);
    if (!err)
        *ret_head = walk.at;
    return err;
}
