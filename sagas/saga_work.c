#include "sagas/saga_work.h"

#include "base/clock.h"

#define ASK_MS          5000 /* until the runner must have started an operator action */
#define DECISIONS_MOST  256  /* in a transaction */
#define TIMERS_MOST     256  /* in a transaction */
#define FORGET_MOST     64   /* in a transaction */
#define FORGET_PAUSE_MS 60000

static struct saga_store *store_of(const struct saga_work *work)
{
    return work->session->turns.store;
}

static struct outbox *outbox_of(const struct saga_work *work)
{
    return saga_store_outbox(store_of(work));
}

/* ---- decisions that had to wait ---- */

static enum err decide_due(void *work_, struct error *error)
{
    struct saga_work *work = work_;
    enum err err = OK;
    for (int i = 0; !err && i < DECISIONS_MOST; i++) {
        AUTO(saga_row) struct saga_row row = {0};
        int64_t number;
        bool found = false;
        err = saga_store_due(store_of(work), &number, error);
        work->all_decided = !err && !number;
        if (err || !number)
            return err;
        err = saga_store_read(store_of(work), number, &row, &found, error);
        if (!err && found)
            err = saga_turn_decide(&work->session->turns, &row, error);
    }
    return err;
}

/* Sagas first learn what has happened while no runner ran; then they decide and send. */
static enum err decide_put_off(struct saga_work *work, struct error *error)
{
    if (saga_store_checkpoint(store_of(work))->position < work->catch_up_to)
        return OK;
    if (!work->session->turns.decides)
        outbox_connect(outbox_of(work), work->session->dispatcher);
    work->session->turns.decides = true;
    if (work->all_decided)
        return OK;
    enum err err = saga_session_transact(work->session, decide_due, work, error);
    work->all_decided = work->all_decided && !err; /* after a rollback sagas are due again */
    return err;
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

static enum err take_answer(struct saga_work *work, const struct outbox_message *message,
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
    enum err err = saga_store_read(store_of(work), saga, &row, &found, error);
    if (err || !found)
        return err;
    row.pending = 0;
    return saga_turn_take(&work->session->turns, &row, &input, what.at, error);
}

/* A rejected event makes its saga stuck: its stream no longer shows its state. A rejected report of
 * that would only hide the reason; the saga is stuck anyway. */
static enum err take_rejected_event(struct saga_work *work, const struct outbox_message *message,
                                    int64_t saga, struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    AUTO(text) struct text what = {0};
    bool found = false;
    const struct saga_input input = {.kind = SAGA_GIVEN_UP,
                                     .category = message->category,
                                     .id = message->target,
                                     .command = message->command,
                                     .reason = message->reason.at};
    enum err err = saga_store_read(store_of(work), saga, &row, &found, error);
    if (err || !found)
        return err;
    text_printf(&what, "event %s: rejected: %s", message->command, message->reason.at);
    if (strcmp(message->command, SAGA_TURN_STUCK_EVENT) != 0)
        return saga_turn_take(&work->session->turns, &row, &input, what.at, error);
    saga_row_note(&row, "given-up", what.at);
    return saga_store_save(store_of(work), &row, work->session->turns.now_us, error);
}

static enum err settle(struct saga_work *work, const struct outbox_message *message,
                       struct error *error)
{
    int64_t saga;
    enum err err = outbox_remove(outbox_of(work), message->number, &saga, error);
    if (err || !saga)
        return err;
    if (message->kind != OUTBOX_EVENT)
        return take_answer(work, message, saga, error);
    return message->outcome == OUTBOX_REFUSED ? take_rejected_event(work, message, saga, error)
                                              : OK;
}

static enum err settle_all(void *work_, struct error *error)
{
    struct saga_work *work = work_;
    enum err err = OK;
    for (struct outbox_message *m = work->answered.first; !err && m; m = m->next)
        err = settle(work, m, error);
    return err;
}

/* Answers that could not be committed are kept for the next call. */
static enum err take_answers(struct saga_work *work, struct error *error)
{
    if (!work->answered.first)
        dispatcher_take(work->session->dispatcher, &work->answered);
    if (!work->answered.first)
        return OK;
    enum err err = saga_session_transact(work->session, settle_all, work, error);
    if (!err)
        outbox_messages_finish(&work->answered);
    return err;
}

/* ---- timers ----
 *
 * A timer is a column of the saga's row; an index finds the first that is due. */

static enum err fire(struct saga_work *work, int64_t saga, struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    const struct saga_input input = {.kind = SAGA_TIMEOUT};
    AUTO(text) struct text what = {0};
    bool found = false;
    enum err err = saga_store_read(store_of(work), saga, &row, &found, error);
    if (err || !found)
        return err;
    saga_session_at(work->session, SAGA_POINT_FIRING);
    text_printf(&what, "step %s timed out", row.step);
    return saga_turn_take(&work->session->turns, &row, &input, what.at, error);
}

static enum err fire_due(void *work_, struct error *error)
{
    struct saga_work *work = work_;
    enum err err = OK;
    for (int i = 0; !err && work->session->turns.decides && i < TIMERS_MOST; i++) {
        int64_t saga, due_us;
        err = saga_store_next_timer(store_of(work), &saga, &due_us, error);
        if (err || !saga || due_us > work->session->turns.now_us)
            return err;
        err = fire(work, saga, error);
    }
    return err;
}

static enum err tend_timers(struct saga_work *work, struct error *error)
{
    return saga_session_timer_is_due(work->session)
               ? saga_session_transact(work->session, fire_due, work, error)
               : OK;
}

/* ---- old histories ----
 *
 * The row of an ended saga stays, so that the saga can handle a late event or answer
 * (docs/decisions/0014). Its history, which is for operators and takes most of its bytes, is removed once
 * the saga has ended and received nothing for `keep_ended_us`. */

static enum err remove_some(void *work_, struct error *error)
{
    struct saga_work *work = work_;
    int64_t before_us = work->session->turns.now_us - work->keep_ended_us, next_us;
    enum err err = saga_store_forget(store_of(work), before_us, FORGET_MOST, &next_us, error);
    if (!err && next_us >= before_us)
        work->forget_at_ms = clock_monotonic_ms() + FORGET_PAUSE_MS;
    return err;
}

static enum err remove_histories(struct saga_work *work, struct error *error)
{
    bool is_time = work->keep_ended_us > 0 && work->session->turns.decides &&
                   clock_monotonic_ms() >= work->forget_at_ms;
    return is_time ? saga_session_transact(work->session, remove_some, work, error) : OK;
}

/* ---- operator actions ---- */

static enum err apply_action(void *work_, struct error *error)
{
    struct saga_work *work = work_;
    return operator_action_apply(&work->session->turns, &work->request, error);
}

static void carry_out_action(struct saga_work *work)
{
    struct error error = {0};
    if (!mailbox_take(&work->mailbox, &work->request))
        return;
    enum err err = saga_session_transact(work->session, apply_action, work, &error);
    mailbox_answer(&work->mailbox, err, &error);
}

enum err saga_work_ask(struct saga_work *work, const struct operator_request *request,
                       struct error *error)
{
    return mailbox_ask(&work->mailbox, request, error);
}

/* ---- all of it ---- */

void saga_work_init(struct saga_work *work, struct saga_session *session, int wake_fd,
                    int64_t keep_ended_us)
{
    *work = (struct saga_work){.session = session, .keep_ended_us = keep_ended_us};
    mailbox_init(&work->mailbox,
                 &(struct mailbox_options){.request_bytes = sizeof(struct operator_request),
                                           .wait_ms = ASK_MS,
                                           .wake_fd = wake_fd});
}

void saga_work_finish(struct saga_work *work)
{
    outbox_messages_finish(&work->answered);
    mailbox_finish(&work->mailbox);
}

enum err saga_work_run(struct saga_work *work, struct error *error)
{
    enum err err = saga_store_check_path(store_of(work), error);
    if (!err)
        err = decide_put_off(work, error);
    if (!err)
        err = take_answers(work, error);
    if (!err)
        err = tend_timers(work, error);
    if (!err)
        err = remove_histories(work, error);
    carry_out_action(work);
    if (!err && outbox_may_send(outbox_of(work)))
        err = saga_session_transact(work->session, NULL, NULL, error);
    return err ? err : saga_session_check(work->session, error);
}
