/* Invariant: what is answered as stored is durable, what is answered as not stored will never be
 * found in the log; and the cached states are those of the committed log.
 */
#include "write_model/desk_batch.h"

#include "base/clock.h"
#include "base/log.h"
#include "event_store/sqlite/log_fence.h"
#include "event_store/sqlite/log_transaction.h"
#include "write_model/desk_answer.h"
#include "write_model/desk_command.h"
#include "write_model/idempotency.h"

static enum err run_commands(struct desk_work *work, struct command_request *const *requests,
                             struct command_answer *answers, size_t count, struct error *error)
{
    state_cache_begin_batch(work->cache);
    work->key_now_us = clock_monotonic_us() + work->key_clock_offset_us;
    enum err err = log_transaction_begin(work->log, error);
    for (size_t i = 0; i < count && !err; i++)
        err = desk_command_run(work, requests[i], &answers[i], error);
    /* Twice as many as may have come, so that the expired ones get fewer. */
    if (!err)
        err = idempotency_clean(work->log, work->key_now_us, 2 * count, error);
    return err;
}

/* As if none of it had been. */
static void take_back(struct desk_work *work, struct command_answer *answers, size_t count)
{
    log_transaction_rollback(work->log);
    state_cache_drop_batch(work->cache);
    for (size_t i = 0; i < count; i++)
        free(answers[i].body);
    memset(answers, 0, count * sizeof *answers);
}

/* Deciding is pure, so a batch that was rolled back may be run again: then each command has a
 * savepoint, and the one that failed harms nobody else. A disk that is full or fails now would only
 * do so again, a damaged log stays damaged, and one that was removed stays away. */
static enum err run_transaction(struct desk_work *work, struct command_request *const *requests,
                                struct command_answer *answers, size_t count, struct error *error)
{
    memset(answers, 0, count * sizeof *answers);
    work->careful = false;
    enum err err = run_commands(work, requests, answers, count, error);
    if (err && error_class(err) != ERROR_CLASS_RETRY && err != ERR_CORRUPT && err != ERR_REPLACED) {
        take_back(work, answers, count);
        work->careful = true;
        err = run_commands(work, requests, answers, count, error);
    }
    if (err)
        take_back(work, answers, count);
    return err;
}

/* The COMMIT failed. SQLITE_FULL comes from writing a frame, before the one with the commit mark
 * was whole; every other failure may have come after it, and needs the fence. */
static enum desk_outcome after_failed_commit(struct desk_work *work, struct error *error)
{
    struct error why = {0};
    if (error->code == ERR_DISK_FULL)
        return DESK_NOTHING_STORED;
    if (log_fence_raise(work->log, clock_now_us(), &why) == OK) {
        if (error->code != ERR_CORRUPT)
            error_set(error, ERR_NOTHING_STORED, "the events could not be stored; nothing was");
        return DESK_NOTHING_STORED;
    }
    log_error("and the fence failed: %s", why.text);
    error_set(error, ERR_OUTCOME_UNKNOWN,
              "the disk failed while storing; repeat the request with the same Idempotency-Key");
    return DESK_UNKNOWN;
}

/* Only what is in the file that the path names is stored: a COMMIT into another one is known to
 * nobody who opens the log later. Where it went, nobody knows, if the file is put back. */
static enum err check_stored(const struct desk_work *work, struct error *error)
{
    enum err err = event_store_check(&work->log->store, error);
    if (!err)
        return OK;
    log_damage_report(work->damage, "command desk", error);
    return error_set(error, ERR_OUTCOME_UNKNOWN,
                     "the log's file was replaced while the events were stored; once it has been "
                     "put back, repeat the request with the same Idempotency-Key");
}

static void report(struct desk_work *work, const struct error *error)
{
    if (error->code == ERR_CORRUPT || error->code == ERR_REPLACED)
        log_damage_report(work->damage, "command desk", error);
    else
        desk_trouble_meet(&work->trouble, error);
}

static void answer_all(struct desk_work *work, struct command_request *const *requests,
                       struct command_answer *answers, size_t count, const struct error *error)
{
    struct checkpoint head = {0};
    (void)!event_store_head(&work->log->store, &head, NULL,
                            NULL); /* a broken disk has no head to tell */
    for (size_t i = 0; i < count; i++)
        desk_answer_refuse(&answers[i], requests[i], error, 0, head.position);
}

/* What a client may know of an error: details are for the server's log. */
static void shorten(struct error *error)
{
    if (error->code == ERR_DISK_FULL)
        error_set(
            error, ERR_DISK_FULL,
            "the log's disk is full; nothing was stored: make room there, then send it again");
    else if (error->code == ERR_CORRUPT)
        error_set(error, ERR_CORRUPT, "the log is damaged; nothing was stored");
    else if (error->code == ERR_REPLACED)
        error_set(error, ERR_REPLACED,
                  "the log's file was removed or replaced; nothing was stored");
}

enum desk_outcome desk_batch_run(struct desk_work *work, struct command_request *const *requests,
                                 struct command_answer *answers, size_t count)
{
    struct error error = {0};
    enum desk_outcome outcome = DESK_NOTHING_STORED;
    enum err err = run_transaction(work, requests, answers, count, &error);
    bool has_run = !err;
    if (has_run)
        err = log_transaction_commit(work->log, &error);
    if (err) {
        report(work, &error);
        outcome = has_run ? after_failed_commit(work, &error) : DESK_NOTHING_STORED;
    } else if (check_stored(work, &error) != OK) {
        outcome = DESK_UNKNOWN;
    } else {
        desk_trouble_end(&work->trouble);
        desk_clock_look(&work->clock, work->log->head.time_us);
        return DESK_COMMITTED;
    }
    shorten(&error);
    state_cache_drop_batch(work->cache);
    answer_all(work, requests, answers, count, &error);
    return outcome;
}
