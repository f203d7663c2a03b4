/* Invariant: events answered as stored are durable; events answered as not stored never appear in the log;
 * the cached states are those of the log.
 */
#include "write_model/desk_work.h"

#include "base/clock.h"
#include "base/log.h"

static enum err decide_all(struct desk_work *work, struct command_request *const *requests,
                           struct command_answer *answers, size_t count, struct error *error)
{
    memset(answers, 0, count * sizeof *answers);
    state_cache_begin_batch(work->cache);
    work->key_now_us = clock_monotonic_us() + work->key_clock_offset_us;
    write_set_begin(&work->set, &work->head, work->head_time_us);
    enum err err = desk_prefetch_run(work, requests, count, error);
    for (size_t i = 0; i < count && !err; i++)
        err = desk_command_run(work, requests[i], &work->found[i], &answers[i], error);
    for (size_t i = 0; i < work->cursors.count; i++)
        write_set_add_cursor(&work->set, &work->cursors.at[i]);
    /* Twice as many as this batch can add, so that the number of expired answers decreases. */
    work->set.clean_answers = 2 * count;
    work->set.key_now_us = work->key_now_us;
    return err;
}

/* The process's log gets the first failure; the clients are answered with the outcome of resolving it. */
static enum event_store_outcome resolve(struct desk_work *work, struct error *error)
{
    struct error why = {0};
    enum event_store_outcome outcome = event_store_resolve(work->store, &work->set, &why);
    if (outcome == EVENT_STORE_NOT_STORED && error->code != ERR_CORRUPT)
        error_set(error, ERR_NOTHING_STORED, "storing failed; no event was stored");
    if (outcome != EVENT_STORE_UNKNOWN)
        return outcome;
    log_error("the outcome of a failed COMMIT cannot be resolved: %s", why.text);
    if (error->code == ERR_REPLACED)
        error_set(error, ERR_OUTCOME_UNKNOWN,
                  "the log's file was replaced while the events were stored; once it has been put "
                  "back, repeat the request with the same Idempotency-Key");
    else
        error_set(
            error, ERR_OUTCOME_UNKNOWN,
            "the disk failed while storing; repeat the request with the same Idempotency-Key");
    return outcome;
}

static void report(struct desk_work *work, const struct error *error)
{
    if (error->code == ERR_CORRUPT || error->code == ERR_REPLACED)
        log_damage_report(work->damage, "command desk", error);
    else
        desk_watch_not_stored(&work->watch, error);
}

static enum event_store_outcome store(struct desk_work *work, struct error *error)
{
    if (write_set_is_empty(&work->set))
        return EVENT_STORE_STORED;
    enum event_store_outcome outcome = event_store_store(work->store, &work->set, error);
    if (outcome == EVENT_STORE_STORED)
        return outcome;
    struct error first = *error;
    if (outcome == EVENT_STORE_UNKNOWN)
        outcome = resolve(work, error);
    if (outcome != EVENT_STORE_STORED)
        report(work, &first);
    return outcome;
}

static void note_stored(struct desk_work *work)
{
    if (!write_set_is_empty(&work->set))
        desk_watch_stored(&work->watch);
    work->cursors.count = 0;
    work->head = work->set.head;
    work->head_time_us = work->set.head_time_us;
    desk_watch_clock(&work->watch, work->head_time_us);
}

enum desk_outcome desk_batch_run(struct desk_work *work, struct command_request *const *requests,
                                 struct command_answer *answers, size_t count)
{
    struct error error = {0};
    enum event_store_outcome outcome = EVENT_STORE_NOT_STORED;
    if (decide_all(work, requests, answers, count, &error) == OK)
        outcome = store(work, &error);
    else
        report(work, &error);
    if (outcome == EVENT_STORE_STORED) {
        note_stored(work);
        return DESK_STORED;
    }
    state_cache_drop_batch(work->cache);
    for (size_t i = 0; i < count; i++)
        command_request_refuse(requests[i], &error, 0, work->head.position, &answers[i]);
    bool stops = outcome == EVENT_STORE_UNKNOWN || error.code == ERR_OTHER_WRITER;
    return stops ? DESK_UNKNOWN : DESK_NOTHING_STORED;
}
