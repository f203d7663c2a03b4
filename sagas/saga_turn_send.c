/* What leaves by a turn: a command, a question, an event of the saga's own. It goes into the
 * outbox, under a key or id that is the same whenever the same is sent again, and on its way once
 * the transaction is committed. */
#include "base/hash.h"
#include "base/sha256.h"
#include "sagas/saga_key.h"
#include "sagas/saga_turn_private.h"

#include <stdio.h>

static void add_text(struct sha256 *sha, const char *text)
{
    sha256_add_u64(sha, strlen(text));
    sha256_add(sha, text, strlen(text));
}

/* Over texts with their lengths in front, between two copies of the key. */
static uint64_t message_mac(const struct saga_turns *turns, const struct saga_row *row,
                            int64_t number, const char *category, const char *target)
{
    unsigned char hash[SHA256_BYTES];
    uint64_t mac = 0;
    struct sha256 *sha = sha256_create();
    sha256_begin(sha);
    sha256_add(sha, saga_store_key(turns->store), SAGA_KEY_BYTES);
    add_text(sha, row->saga);
    add_text(sha, row->id);
    sha256_add_u64(sha, (uint64_t)number);
    add_text(sha, category);
    add_text(sha, target);
    sha256_add(sha, saga_store_key(turns->store), SAGA_KEY_BYTES);
    sha256_end(sha, hash);
    sha256_destroy(sha);
    for (size_t i = 0; i < sizeof mac; i++)
        mac = mac << 8 | hash[i];
    return mac;
}

static void write_prefix(const struct saga_row *row, char out[SAGA_MESSAGE_BYTES])
{
    snprintf(out, SAGA_MESSAGE_BYTES, "%s-%016llx-", row->saga,
             (unsigned long long)hash_bytes(0, slice_of(row->id)));
}

void saga_turn_write_message(const struct saga_turns *turns, const struct saga_row *row,
                             int64_t number, const char *category, const char *target,
                             char out[SAGA_MESSAGE_BYTES])
{
    char prefix[SAGA_MESSAGE_BYTES];
    write_prefix(row, prefix);
    snprintf(out, SAGA_MESSAGE_BYTES, "%s%lld-%016llx", prefix, (long long)number,
             (unsigned long long)message_mac(turns, row, number, category, target));
}

/* The number between the prefix and the MAC; 0 if there is none. */
static int64_t number_of(const struct saga_row *row, struct slice cause)
{
    char prefix[SAGA_MESSAGE_BYTES];
    int64_t number;
    write_prefix(row, prefix);
    size_t begin = strlen(prefix), end = begin;
    if (cause.length <= begin || memcmp(cause.at, prefix, begin) != 0)
        return 0;
    while (end < cause.length && cause.at[end] != '-')
        end++;
    return slice_read_int((struct slice){cause.at + begin, end - begin}, &number) ? number : 0;
}

bool saga_turn_is_own(const struct saga_turns *turns, const struct saga_row *row,
                      const char *category, const char *target, struct slice cause)
{
    char message[SAGA_MESSAGE_BYTES];
    int64_t number = number_of(row, cause);
    if (number <= 0)
        return false;
    saga_turn_write_message(turns, row, number, category, target, message);
    return slice_is(cause, message);
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
                                const struct saga_decision *decision, struct error *error)
{
    bool asks = decision->action == SAGA_ASK;
    char message[SAGA_MESSAGE_BYTES];
    AUTO(text) struct text body = {0};
    AUTO(text) struct text key = {0};
    AUTO(text) struct text what = {0};
    if (decision->body)
        json_write(decision->body, &body);
    saga_turn_write_message(turns, row, ++row->sent, decision->category, decision->target, message);
    text_printf(&what, "%s/%s %s%s%s", decision->category, decision->target,
                asks ? "state?" : decision->command, body.length ? " " : "",
                body.at ? body.at : "");
    text_printf(&key, "%s/%s/%s/%08x", saga_store_id(turns->store), message, decision->step,
                fingerprint(decision->step, what.at));
    struct outbox_row out = {.kind = asks ? "question" : "command",
                             .category = decision->category,
                             .target = decision->target,
                             .command = decision->command,
                             .body = body.at ? body.at : "",
                             .idempotency = key.at,
                             .message = message};
    saga_row_note(row, row->phase == SAGA_COMPENSATING ? "compensation" : "command", what.at);
    enum err err = send_row(turns, row, &out, error);
    row->pending = out.number;
    return err;
}
