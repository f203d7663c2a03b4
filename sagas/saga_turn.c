#include "sagas/saga_turn.h"

#include "base/hash.h"
#include "sagas/outbox.h"
#include "sagas/saga_key.h"

#include <stdio.h>

#define SENT_MOST 10000 /* messages of one saga, before it asks an operator */

/* ---- sending ---- */

/* Part of the key, so that a store restored from a backup, which reuses numbers, never reuses a key for a
 * different message. */
static uint32_t fingerprint(const char *what, const char *body)
{
    return (uint32_t)hash_bytes(hash_bytes(0, slice_of(what)), slice_of(body));
}

static enum err send_event(const struct saga_turns *turns, struct saga_row *row, const char *type,
                           const char *step, const char *reason, struct error *error)
{
    AUTO(json)
    json_t *data = json_pack("{s:s, s:s, s:s*}", "saga", row->saga, "step", step, "reason",
                             reason[0] ? reason : NULL);
    AUTO(text) struct text body = {0};
    AUTO(text) struct text id = {0};
    json_write(data, &body);
    text_printf(&id, "%s/%s/%s/%lld/%08x", saga_store_id(turns->store), row->saga, row->id,
                (long long)++row->told, fingerprint(type, body.at));
    struct outbox_message message = {.kind = OUTBOX_EVENT,
                                     .category = "saga",
                                     .target = row->id,
                                     .command = type,
                                     .body = body.at,
                                     .idempotency = id.at,
                                     .message = row->correlation,
                                     .correlation = row->correlation,
                                     .traceparent = row->traceparent};
    return outbox_add(saga_store_outbox(turns->store), row->number, &message, turns->now_us, error);
}

static enum err send_command(const struct saga_turns *turns, struct saga_row *row,
                             const struct saga_decision *decision, struct error *error)
{
    bool asks = decision->action == SAGA_ASK;
    char id[SAGA_KEY_ID_BYTES];
    AUTO(text) struct text body = {0};
    AUTO(text) struct text key = {0};
    AUTO(text) struct text what = {0};
    if (decision->body)
        json_write(decision->body, &body);
    saga_key_write_id(saga_store_key(turns->store), row, ++row->sent, decision->category,
                      decision->target, id);
    text_printf(&what, "%s/%s %s%s%s", decision->category, decision->target,
                asks ? "state?" : decision->command, body.length ? " " : "",
                body.at ? body.at : "");
    text_printf(&key, "%s/%s/%s/%08x", saga_store_id(turns->store), id, decision->step,
                fingerprint(decision->step, what.at));
    struct outbox_message message = {.kind = asks ? OUTBOX_QUESTION : OUTBOX_COMMAND,
                                     .category = decision->category,
                                     .target = decision->target,
                                     .command = decision->command,
                                     .body = body.at ? body.at : "",
                                     .idempotency = key.at,
                                     .message = id,
                                     .correlation = row->correlation,
                                     .traceparent = row->traceparent};
    saga_row_note(row, row->phase == SAGA_COMPENSATING ? "compensation" : "command", what.at);
    enum err err =
        outbox_add(saga_store_outbox(turns->store), row->number, &message, turns->now_us, error);
    row->pending = message.number;
    return err;
}

/* ---- moving ---- */

/* NULL: the move appends no event. A saga reports where it waits, not each step in between. */
static const char *event_type(const struct saga_row *row, enum saga_phase phase, const char *step,
                              const char *reason)
{
    bool same_phase = row->phase == phase && row->told > 0;
    switch (phase) {
    case SAGA_RUNNING:
        return same_phase || row->phase == SAGA_WAITING ? NULL : "saga.started.v1";
    case SAGA_WAITING:
        return same_phase && strcmp(row->step, step) == 0 ? NULL : "saga.waiting.v1";
    case SAGA_COMPENSATING:
        return same_phase ? NULL : "saga.compensating.v1";
    case SAGA_STUCK:
        return same_phase && strcmp(row->reason, reason) == 0 ? NULL : SAGA_TURN_STUCK_EVENT;
    case SAGA_ENDED:
        return same_phase && strcmp(row->step, step) == 0 && strcmp(row->reason, reason) == 0
                   ? NULL
                   : "saga.ended.v1";
    default:
        return NULL;
    }
}

/* Moves the row, and reports it in the history and the log. `step` may be the row's own. */
static enum err move(const struct saga_turns *turns, struct saga_row *row, enum saga_phase phase,
                     const char *step, const char *reason, struct error *error)
{
    const char *type = event_type(row, phase, step, reason);
    bool moved =
        row->phase != phase || strcmp(row->step, step) != 0 || strcmp(row->reason, reason) != 0;
    AUTO(text) struct text what = {0};
    enum err err = OK;
    if (type)
        err = send_event(turns, row, type, step, reason, error);
    text_printf(&what, "%s: %s%s%s", saga_phase_name(phase), step, reason[0] ? ": " : "", reason);
    if (moved || type)
        saga_row_note(row, "step", what.at);
    row->phase = phase;
    if (step != row->step)
        snprintf(row->step, sizeof row->step, "%s", step);
    snprintf(row->reason, sizeof row->reason, "%s", reason);
    return err;
}

/* ---- deciding ---- */

/* A rest that continues keeps its timer, and gets a new one once that has fired. */
static enum err carry_out(const struct saga_turns *turns, struct saga_row *row,
                          const struct saga_decision *decision, bool continues, struct error *error)
{
    bool rests = decision->action == SAGA_REST;
    if (!rests || !continues)
        row->wakes_us = 0;
    if (rests && !row->wakes_us && decision->timeout_ms > 0)
        row->wakes_us = turns->now_us + decision->timeout_ms * 1000;
    bool sends = decision->action == SAGA_SEND || decision->action == SAGA_ASK;
    return sends ? send_command(turns, row, decision, error) : OK;
}

/* No decision, or a move that the table forbids, is a mistake in the saga: an operator must look. */
static enum saga_phase phase_of(const struct saga_kind *kind, const struct saga_row *row,
                                struct saga_decision *decision)
{
    struct error error = {0};
    if (!decision->step)
        saga_decision_block(decision, row->step, "%s has no decision for its facts", row->saga);
    const struct saga_step *step = saga_step_find(kind, decision->step);
    if (saga_move_check(kind, row->id, row->step, decision->step, &error) != OK) {
        saga_decision_finish(decision);
        saga_decision_block(decision, row->step, "%s", error.text);
    }
    return decision->action == SAGA_BLOCK ? SAGA_STUCK : step->phase;
}

static enum err decide_on(const struct saga_turns *turns, struct saga_row *row,
                          const struct saga_kind *kind, struct error *error)
{
    AUTO(saga_decision) struct saga_decision decision = {0};
    saga_decide(kind, row->id, row->facts, &decision);
    enum saga_phase phase = phase_of(kind, row, &decision);
    bool continues = row->told > 0 && row->phase == phase && strcmp(row->step, decision.step) == 0;
    enum err err = move(turns, row, phase, decision.step, decision.reason, error);
    return err ? err : carry_out(turns, row, &decision, continues, error);
}

/* A saga cannot continue without its table of steps. A start checks the tables of running sagas, so only
 * a late event of an ended saga finds it missing. */
static enum err decide_if_known(const struct saga_turns *turns, struct saga_row *row,
                                struct error *error)
{
    const struct saga_kind *kind = saga_find(turns->kinds, row->saga, row->version);
    AUTO(text) struct text reason = {0};
    if (kind)
        return decide_on(turns, row, kind, error);
    text_printf(&reason, "this program does not have version %lld of its steps",
                (long long)row->version);
    return move(turns, row, SAGA_STUCK, row->step, reason.at, error);
}

static enum err decide_or_put_off(const struct saga_turns *turns, struct saga_row *row,
                                  struct error *error)
{
    enum err err = OK;
    row->due = !turns->decides && !row->pending; /* it decides when the answer arrives */
    if (turns->decides && !row->pending)
        err = decide_if_known(turns, row, error);
    return err ? err : saga_store_save(turns->store, row, turns->now_us, error);
}

enum err saga_turn_begin(const struct saga_turns *turns, struct saga_row *row, const char *what,
                         struct error *error)
{
    const struct saga_kind *kind = saga_find(turns->kinds, row->saga, row->version);
    bool added = false;
    REQUIRE(kind);
    row->phase = kind->steps[0].phase;
    snprintf(row->step, sizeof row->step, "%s", kind->steps[0].name);
    enum err err = saga_store_add(turns->store, row, turns->now_us, &added, error);
    if (err || !added)
        return err;
    saga_row_note(row, "event", what);
    return decide_or_put_off(turns, row, error);
}

/* A saga whose answers do not change its facts would send the same command without end. */
static void stop_circling(struct saga_row *row, const struct saga_input *input)
{
    struct saga_input circle = *input;
    AUTO(text) struct text reason = {0};
    if (input->kind != SAGA_ANSWER || row->sent == 0 || row->sent % SENT_MOST != 0)
        return;
    text_printf(&reason, "it has sent %lld commands; do their answers change its facts?",
                (long long)row->sent);
    circle.reason = reason.at;
    saga_facts_block(row->facts, &circle);
}

static void evolve(const struct saga_turns *turns, struct saga_row *row,
                   const struct saga_input *input)
{
    const struct saga_kind *kind = saga_find(turns->kinds, row->saga, row->version);
    if (!kind || row->abandoned)
        return;
    saga_evolve(kind, row->facts, input);
    stop_circling(row, input);
}

static const char *kind_of(const struct saga_input *input)
{
    switch (input->kind) {
    case SAGA_EVENT:
        return "event";
    case SAGA_ANSWER:
        return "answer";
    case SAGA_TIMEOUT:
        return "timer";
    case SAGA_GIVEN_UP:
        return "given-up";
    default:
        return "operator";
    }
}

/* True if the facts have changed. */
static bool evolve_and_compare(const struct saga_turns *turns, struct saga_row *row,
                               const struct saga_input *input)
{
    struct text before = row->facts_text;
    evolve(turns, row, input);
    row->facts_text = (struct text){0};
    json_write(row->facts, &row->facts_text);
    bool changed = !slice_equal(text_slice(&before), text_slice(&row->facts_text));
    text_finish(&before);
    return changed;
}

enum err saga_turn_take(const struct saga_turns *turns, struct saga_row *row,
                        const struct saga_input *input, const char *what, struct error *error)
{
    bool is_known = saga_find(turns->kinds, row->saga, row->version) != NULL;
    if (input->kind == SAGA_TIMEOUT)
        row->wakes_us = 0;
    bool is_news = evolve_and_compare(turns, row, input) || input->kind != SAGA_EVENT ||
                   (!is_known && !input->own);
    if (!is_news && input->own)
        return OK;
    saga_row_note(row, kind_of(input), what);
    if (row->abandoned || !is_news)
        return saga_store_save(turns->store, row, turns->now_us, error);
    return decide_or_put_off(turns, row, error);
}

enum err saga_turn_decide(const struct saga_turns *turns, struct saga_row *row, struct error *error)
{
    return decide_or_put_off(turns, row, error);
}

/* A message that has not left never leaves. One that may have left is not sent again, and stays in the
 * outbox until the dispatcher returns its outcome. */
static enum err withdraw(const struct saga_turns *turns, struct saga_row *row, struct error *error)
{
    bool removed = false;
    if (!row->pending)
        return OK;
    enum err err = outbox_withdraw(saga_store_outbox(turns->store), row->pending, &removed, error);
    if (removed)
        row->pending = 0;
    return err;
}

enum err saga_turn_abandon(const struct saga_turns *turns, struct saga_row *row, const char *reason,
                           struct error *error)
{
    AUTO(text) struct text whole = {0};
    char why[SAGA_REASON_BYTES];
    text_printf(&whole, "abandoned: %s", reason);
    saga_reason_copy(whole.at, why);
    enum err err = withdraw(turns, row, error);
    saga_row_note(row, "operator", why);
    row->wakes_us = 0;
    row->due = false;
    row->abandoned = true;
    if (!err)
        err = move(turns, row, SAGA_ENDED, row->step, why, error);
    return err ? err : saga_store_save(turns->store, row, turns->now_us, error);
}
