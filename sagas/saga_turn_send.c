/* What leaves by a turn: a command, a question, an event of the saga's own. It goes into the
 * outbox, under a key or id that is the same whenever the same is sent again, and on its way once
 * the transaction is committed. */
#include "base/hash.h"
#include "sagas/saga_turn_private.h"

#include <stdio.h>

void saga_turn_message_prefix(const char *saga, const char *id, char out[SAGA_MESSAGE_BYTES])
{
    snprintf(out, SAGA_MESSAGE_BYTES, "%s-%016llx-", saga,
             (unsigned long long)hash_bytes(0, slice_of(id)));
}

/* Into the outbox, and on its way if there is room. */
static enum err send_row(const struct saga_turns *turns, const struct saga_row *row,
                         struct outbox_row *out, struct error *error)
{
    bool goes = turns->outgoing && saga_outgoing_has_room(turns->outgoing);
    out->correlation = row->correlation;
    out->traceparent = row->traceparent;
    out->first_sent_us = goes ? turns->now_us : 0;
    enum err err = saga_store_send(turns->store, row->number, out, error);
    if (!err && goes)
        saga_outgoing_add(turns->outgoing, out);
    return err;
}

/* Stands in keys beside the number, so that a store put back from a backup, which counts again from
 * where it was then, does not give a key to something else. */
static uint32_t fingerprint(const char *what, const char *body)
{
    return (uint32_t)hash_bytes(hash_bytes(0, slice_of(what)), slice_of(body));
}

enum err saga_turn_send_event(const struct saga_turns *turns, struct saga_row *row,
                              const char *type, const char *step, const char *reason,
                              struct error *error)
{
    AUTO(json)
    json_t *data = json_pack("{s:s, s:s, s:s*}", "saga", row->saga, "step", step, "reason",
                             reason[0] ? reason : NULL);
    AUTO(text) struct text body = {0};
    AUTO(text) struct text id = {0};
    json_write(data, &body);
    text_printf(&id, "%s/%s/%s/%lld/%08x", saga_store_id(turns->store), row->saga, row->id,
                (long long)++row->told, fingerprint(type, body.at));
    struct outbox_row out = {.kind = "event",
                             .category = "saga",
                             .target = row->id,
                             .command = type,
                             .body = body.at,
                             .idempotency = id.at,
                             .message = row->correlation};
    return send_row(turns, row, &out, error);
}

enum err saga_turn_send_command(const struct saga_turns *turns, struct saga_row *row,
                                const struct saga_plan *plan, struct error *error)
{
    bool asks = plan->action == SAGA_ASK;
    char prefix[SAGA_MESSAGE_BYTES];
    AUTO(text) struct text body = {0};
    AUTO(text) struct text key = {0};
    AUTO(text) struct text message = {0};
    AUTO(text) struct text what = {0};
    if (plan->body)
        json_write(plan->body, &body);
    saga_turn_message_prefix(row->saga, row->id, prefix);
    text_printf(&message, "%s%lld", prefix, (long long)++row->sent);
    text_printf(&what, "%s/%s %s%s%s", plan->category, plan->target,
                asks ? "state?" : plan->command, body.length ? " " : "", body.at ? body.at : "");
    text_printf(&key, "%s/%s/%s/%08x", saga_store_id(turns->store), message.at, plan->step,
                fingerprint(plan->step, what.at));
    struct outbox_row out = {.kind = asks ? "question" : "command",
                             .category = plan->category,
                             .target = plan->target,
                             .command = plan->command,
                             .body = body.at ? body.at : "",
                             .idempotency = key.at,
                             .message = message.at};
    saga_row_note(row, row->phase == SAGA_COMPENSATING ? "compensation" : "command", what.at);
    enum err err = send_row(turns, row, &out, error);
    row->pending = out.number;
    return err;
}
