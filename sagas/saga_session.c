#include "sagas/saga_session.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/program.h"

#define CLOCK_STEP_US 1000000 /* a clock runs a little fast or slow; more is a step */

static int64_t clock_offset_us(void)
{
    return clock_now_us() - clock_monotonic_us();
}

void saga_session_init(struct saga_session *session, const struct saga_kind *const *kinds,
                       const struct upcasters *upcasters)
{
    session->turns = (struct saga_turns){.kinds = kinds, .upcasters = upcasters};
    session->first_timer_us = SAGA_SESSION_NO_TIMER;
    session->clock_offset_us = clock_offset_us();
    for (enum saga_phase phase = 0; phase < SAGA_PHASES; phase++)
        session->phases[phase] = metric_series(METRIC_SAGAS, saga_phase_name(phase));
    session->wal_bytes = metric_series(METRIC_SAGAS_WAL_BYTES, "");
    REQUIRE(pthread_mutex_init(&session->mutex, NULL) == 0);
}

void saga_session_finish(struct saga_session *session)
{
    dispatcher_stop(session->dispatcher);
    saga_store_close(session->turns.store);
    pthread_mutex_destroy(&session->mutex);
}

void saga_session_at(const struct saga_session *session, enum saga_point point)
{
    if (session->at)
        session->at(session->at_context, point);
}

/* ---- timers under a clock that is set ----
 *
 * A timer is due a fixed time after it was set, also if the clock is set meanwhile: each transaction
 * first checks whether the clock was set, and moves the timers before it sets any. */

/* By how much the clock was set since the last transaction; 0: it was not. */
static int64_t clock_step_us(const struct saga_session *session, int64_t now_us)
{
    int64_t step_us = now_us - clock_monotonic_us() - session->clock_offset_us;
    return step_us < CLOCK_STEP_US && step_us > -CLOCK_STEP_US ? 0 : step_us;
}

static enum err follow_clock(struct saga_session *session, struct error *error)
{
    int64_t step_us = clock_step_us(session, session->turns.now_us);
    session->next_clock_offset_us = session->clock_offset_us + step_us;
    if (step_us == 0)
        return OK;
    log_warning("the clock was set %s by %lld s; the timers were moved by the same amount",
                step_us > 0 ? "forward" : "back", (long long)(llabs(step_us) / 1000000));
    return saga_store_shift_timers(session->turns.store, step_us, error);
}

bool saga_session_timer_is_due(const struct saga_session *session)
{
    int64_t now_us = clock_now_us();
    return (session->turns.decides && session->first_timer_us <= now_us) ||
           clock_step_us(session, now_us) != 0;
}

/* After an error a timer may be due: the next transaction looks again. */
static enum err find_first_timer(struct saga_session *session, struct error *error)
{
    int64_t saga, due_us = 0;
    enum err err = saga_store_next_timer(session->turns.store, &saga, &due_us, error);
    session->first_timer_us = err || saga ? due_us : SAGA_SESSION_NO_TIMER;
    return err;
}

/* ---- transactions ---- */

enum err saga_session_begin(struct saga_session *session, struct error *error)
{
    enum err err = saga_store_begin(session->turns.store, error);
    if (err)
        return err;
    session->turns.now_us = clock_now_us();
    err = follow_clock(session, error);
    if (err)
        saga_store_rollback(session->turns.store);
    return err;
}

static void report_stuck(int64_t before, int64_t now)
{
    if (now > before)
        log_error("%lld saga%s stuck; `%s sagas list stuck` lists them", (long long)now,
                  now == 1 ? " is" : "s are", program_name());
}

static void publish(struct saga_session *session)
{
    const struct saga_store *store = session->turns.store;
    report_stuck(session->status.counts[SAGA_STUCK], saga_store_count(store, SAGA_STUCK));
    metric_set(session->wal_bytes, saga_store_wal_bytes(store));
    pthread_mutex_lock(&session->mutex);
    session->status.position = saga_store_checkpoint(store)->position;
    session->status.catching_up = !session->turns.decides;
    for (enum saga_phase phase = 0; phase < SAGA_PHASES; phase++) {
        session->status.counts[phase] = saga_store_count(store, phase);
        metric_set(session->phases[phase], session->status.counts[phase]);
    }
    pthread_mutex_unlock(&session->mutex);
}

/* Messages leave only once they are committed. A failure here does not undo the transaction and is not
 * a result of its work: saga_session_check() returns it. */
static void follow_commit(struct saga_session *session)
{
    struct error error = {0};
    enum err err = outbox_send(saga_store_outbox(session->turns.store), &error);
    if (!err)
        err = find_first_timer(session, &error);
    else
        session->first_timer_us = 0;
    if (err)
        session->after_commit = error;
}

enum err saga_session_commit(struct saga_session *session, const struct checkpoint *checkpoint,
                             struct error *error)
{
    struct saga_store *store = session->turns.store;
    enum err err = outbox_mark(saga_store_outbox(store), session->turns.now_us, error);
    if (err)
        saga_store_rollback(store);
    else
        err = saga_store_commit(store, checkpoint, error);
    if (err)
        return err;
    session->clock_offset_us = session->next_clock_offset_us;
    saga_session_at(session, SAGA_POINT_COMMITTED);
    publish(session);
    follow_commit(session);
    return OK;
}

void saga_session_rollback(struct saga_session *session)
{
    saga_store_rollback(session->turns.store);
}

enum err saga_session_transact(struct saga_session *session, saga_session_fn *work, void *context,
                               struct error *error)
{
    enum err err = saga_session_begin(session, error);
    if (err)
        return err;
    if (work)
        err = work(context, error);
    if (!err)
        return saga_session_commit(session, NULL, error);
    saga_session_rollback(session);
    return err;
}

enum err saga_session_check(struct saga_session *session, struct error *error)
{
    enum err err = session->after_commit.code;
    if (err)
        error_set(error, err, "%s", session->after_commit.text);
    session->after_commit.code = OK;
    return err;
}

void saga_session_status(struct saga_session *session, struct saga_status *ret_status)
{
    pthread_mutex_lock(&session->mutex);
    *ret_status = session->status;
    pthread_mutex_unlock(&session->mutex);
    dispatcher_reach(session->dispatcher, &ret_status->reaches_endpoint,
                     &ret_status->reaches_control);
}
