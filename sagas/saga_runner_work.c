/* What the runner does between two transactions of its subscription: takes answers in, fires timers,
 * lets sagas decide that put it off, applies operator actions, removes old histories. Each is a
 * transaction of its own. */
#include "base/clock.h"
#include "base/log.h"
#include "sagas/outbox.h"
#include "sagas/saga_runner_private.h"

#define DECISIONS_MOST  256     /* in a transaction */
#define TIMERS_MOST     256     /* in a transaction */
#define CLOCK_STEP_US   1000000 /* a clock runs a little fast or slow; more is a step */
#define FORGET_MOST     64      /* in a transaction */
#define FORGET_PAUSE_MS 60000

/* ---- put-off decisions ---- */

static enum err decide_due(struct saga_runner *runner, struct error *error)
{
    enum err err = OK;
    for (int i = 0; !err && i < DECISIONS_MOST; i++) {
        AUTO(saga_row) struct saga_row row = {0};
        int64_t number;
        bool found = false;
        err = saga_store_due(runner->store, &number, error);
        runner->all_decided = !err && !number;
        if (err || !number)
            return err;
        err = saga_store_read(runner->store, number, &row, &found, error);
        if (!err && found)
            err = saga_turn_decide(&runner->turns, &row, error);
    }
    return err;
}

/* Once it has read what happened while it was away, it decides and sends. */
static enum err decide_put_off(struct saga_runner *runner, struct error *error)
{
    if (saga_store_checkpoint(runner->store)->position < runner->catch_up_to)
        return OK;
    if (!runner->turns.decides)
        outbox_connect(saga_store_outbox(runner->store), runner->dispatcher);
    runner->turns.decides = true;
    return runner->all_decided ? OK : saga_runner_transact(runner, decide_due, error);
}

/* ---- answers ---- */

static void write_answer(const struct outbox_message *m, struct text *what)
{
    text_printf(what, "%s/%s %s: ", m->category, m->target, m->command[0] ? m->command : "state?");
    if (m->outcome == OUTBOX_GIVEN_UP)
        text_printf(what, "given up: %s", m->reason.at);
    else if (m->outcome == OUTBOX_REFUSED)
        text_printf(what, "refused (%d): %s", m->status, m->reason.at);
    else if (!m->command[0])
        text_add(what, m->state ? "answered" : "no such stream");
    else if (m->nothing_new)
        text_add(what, "accepted; no change");
    else
        text_printf(what, "accepted, position %lld", (long long)m->position);
}

static enum err take_answer(struct saga_runner *runner, const struct outbox_message *message,
                            int64_t saga, struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    AUTO(text) struct text what = {0};
    bool found = false;
    write_answer(message, &what);
    struct saga_input input = {
        .kind = message->outcome == OUTBOX_GIVEN_UP ? SAGA_GIVEN_UP : SAGA_ANSWER,
        .category = message->category,
        .id = message->target,
        .command = message->command,
        .data = message->state,
        .position = message->position,
        .accepted = message->outcome == OUTBOX_ACCEPTED,
        .nothing_new = message->nothing_new,
        .reason = message->reason.at ? message->reason.at : "",
    };
    enum err err = saga_store_read(runner->store, saga, &row, &found, error);
    if (err || !found)
        return err;
    row.pending = 0;
    return saga_turn_take(&runner->turns, &row, &input, what.at, error);
}

/* A rejected event makes its saga stuck: its stream no longer shows its state. A rejected report of
 * that would only hide the reason; the saga is stuck anyway. */
static enum err take_rejected_event(struct saga_runner *runner,
                                    const struct outbox_message *message, int64_t saga,
                                    struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    AUTO(text) struct text what = {0};
    bool found = false;
    const struct saga_input input = {.kind = SAGA_GIVEN_UP,
                                     .category = message->category,
                                     .id = message->target,
                                     .command = message->command,
                                     .reason = message->reason.at};
    enum err err = saga_store_read(runner->store, saga, &row, &found, error);
    if (err || !found)
        return err;
    text_printf(&what, "event %s: rejected: %s", message->command, message->reason.at);
    if (strcmp(message->command, SAGA_TURN_STUCK_EVENT) != 0)
        return saga_turn_take(&runner->turns, &row, &input, what.at, error);
    saga_row_note(&row, "given-up", what.at);
    return saga_store_save(runner->store, &row, runner->turns.now_us, error);
}

static enum err settle(struct saga_runner *runner, const struct outbox_message *message,
                       struct error *error)
{
    int64_t saga;
    enum err err = outbox_remove(saga_store_outbox(runner->store), message->number, &saga, error);
    if (err || !saga)
        return err;
    if (message->kind != OUTBOX_EVENT)
        return take_answer(runner, message, saga, error);
    return message->outcome == OUTBOX_REFUSED ? take_rejected_event(runner, message, saga, error)
                                              : OK;
}

static enum err settle_all(struct saga_runner *runner, struct error *error)
{
    enum err err = OK;
    for (struct outbox_message *m = runner->answered.first; !err && m; m = m->next)
        err = settle(runner, m, error);
    return err;
}

/* Answers that could not be committed are kept and tried again. */
static enum err take_answers(struct saga_runner *runner, struct error *error)
{
    if (!runner->answered.first)
        dispatcher_take(runner->dispatcher, &runner->answered);
    if (!runner->answered.first)
        return OK;
    enum err err = saga_runner_transact(runner, settle_all, error);
    if (!err)
        outbox_messages_finish(&runner->answered);
    return err;
}

/* ---- timers ----
 *
 * A timer is a row with the time it is due; only the first is looked at. It is due so long after it was
 * set, whatever becomes of the clock: every transaction first sees whether the clock was set, and moves
 * the timers before it sets any. */

static enum err fire(struct saga_runner *runner, int64_t saga, struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    const struct saga_input input = {.kind = SAGA_TIMEOUT};
    AUTO(text) struct text what = {0};
    bool found = false;
    enum err err = saga_store_read(runner->store, saga, &row, &found, error);
    if (err || !found)
        return err;
    saga_runner_at(runner, SAGA_POINT_FIRING);
    text_printf(&what, "step %s timed out", row.step);
    return saga_turn_take(&runner->turns, &row, &input, what.at, error);
}

static enum err fire_due(struct saga_runner *runner, struct error *error)
{
    enum err err = OK;
    for (int i = 0; !err && runner->turns.decides && i < TIMERS_MOST; i++) {
        int64_t saga, due_us;
        err = saga_store_next_timer(runner->store, &saga, &due_us, error);
        if (err || !saga || due_us > runner->turns.now_us)
            return err;
        err = fire(runner, saga, error);
    }
    return err;
}

int64_t saga_runner_work_clock_offset_us(void)
{
    return clock_now_us() - clock_monotonic_us();
}

/* By how much the clock was set since the last transaction; 0: it was not. */
static int64_t clock_step_us(const struct saga_runner *runner, int64_t now_us)
{
    int64_t step_us = now_us - clock_monotonic_us() - runner->clock_offset_us;
    return step_us < CLOCK_STEP_US && step_us > -CLOCK_STEP_US ? 0 : step_us;
}

enum err saga_runner_work_follow_clock(struct saga_runner *runner, struct error *error)
{
    int64_t step_us = clock_step_us(runner, runner->turns.now_us);
    runner->next_clock_offset_us = runner->clock_offset_us + step_us;
    if (step_us == 0)
        return OK;
    log_warning("the clock was set %s by %lld s; the timers were moved by the same",
                step_us > 0 ? "forward" : "back", (long long)(llabs(step_us) / 1000000));
    return saga_store_shift_timers(runner->store, step_us, error);
}

static enum err tend_timers(struct saga_runner *runner, struct error *error)
{
    int64_t now_us = clock_now_us();
    bool is_due = runner->turns.decides && runner->first_timer_us <= now_us;
    return is_due || clock_step_us(runner, now_us) ? saga_runner_transact(runner, fire_due, error)
                                                   : OK;
}

/* ---- old histories ----
 *
 * The row of a saga that has ended stays: an event that comes late, an answer after the time-out, finds
 * all that is known (docs/decisions/0014). Its history, which is for people and most of its bytes, goes
 * once the saga has ended and received nothing for `keep_ended_us`. */

static enum err forget(struct saga_runner *runner, struct error *error)
{
    int64_t before_us = runner->turns.now_us - runner->options.keep_ended_us, next_us;
    enum err err = saga_store_forget(runner->store, before_us, FORGET_MOST, &next_us, error);
    if (!err && next_us >= before_us)
        runner->forget_at_ms = clock_monotonic_ms() + FORGET_PAUSE_MS;
    return err;
}

static enum err forget_some(struct saga_runner *runner, struct error *error)
{
    bool is_time = runner->options.keep_ended_us > 0 && runner->turns.decides &&
                   clock_monotonic_ms() >= runner->forget_at_ms;
    return is_time ? saga_runner_transact(runner, forget, error) : OK;
}

/* ---- between ---- */

static enum err apply_action(struct saga_runner *runner, struct error *error)
{
    return operator_action_apply(&runner->turns, &runner->request, error);
}

static void carry_out_action(struct saga_runner *runner)
{
    struct error error = {0};
    if (!mailbox_take(&runner->mailbox, &runner->request))
        return;
    enum err err = saga_runner_transact(runner, apply_action, &error);
    mailbox_answer(&runner->mailbox, err, &error);
}

static enum err take_error_after_commit(struct saga_runner *runner, struct error *error)
{
    enum err err = runner->after_commit.code;
    if (err)
        error_set(error, err, "%s", runner->after_commit.text);
    runner->after_commit.code = OK;
    return err;
}

enum err saga_runner_work(struct saga_runner *runner, struct error *error)
{
    enum err err = saga_store_check_path(runner->store, error);
    if (!err)
        err = decide_put_off(runner, error);
    if (!err)
        err = take_answers(runner, error);
    if (!err)
        err = tend_timers(runner, error);
    if (!err)
        err = forget_some(runner, error);
    carry_out_action(runner);
    if (!err && outbox_may_send(saga_store_outbox(runner->store)))
        err = saga_runner_transact(runner, NULL, error);
    return err ? err : take_error_after_commit(runner, error);
}
