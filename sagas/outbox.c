#include "sagas/outbox.h"

#include "base/array.h"
#include "sagas/saga_statements.h"

static const char *const kind_names[] = {
    [OUTBOX_COMMAND] = "command", [OUTBOX_QUESTION] = "question", [OUTBOX_EVENT] = "event"};

static enum outbox_kind read_kind(const char *name)
{
    enum outbox_kind kind = OUTBOX_COMMAND;
    while (kind < OUTBOX_EVENT && strcmp(kind_names[kind], name) != 0)
        kind++;
    return kind;
}

/* ---- opening ---- */

/* Numbers given by earlier processes may be given again: only this process knows its dispatcher's. */
static enum err read_last(struct outbox *outbox, struct error *error)
{
    struct statement *read = statement_set_at(outbox->statements, SAGA_STATEMENT_OUTBOX_LAST);
    bool row = false;
    enum err err = statement_step(read, &row, error);
    if (!err)
        outbox->last = statement_int(read, 0);
    statement_reset(read);
    return err;
}

enum err outbox_init(struct outbox *outbox, struct db *db, struct statement_set *statements,
                     struct error *error)
{
    *outbox = (struct outbox){.db = db, .statements = statements};
    return read_last(outbox, error);
}

/* ---- the transaction ---- */

void outbox_connect(struct outbox *outbox, struct dispatcher *dispatcher)
{
    outbox->dispatcher = dispatcher;
    outbox->some_wait = true; /* rows of an earlier process */
}

static void clear(struct outbox *outbox)
{
    outbox_messages_finish(&outbox->leaving);
    outbox->withdrawn.count = 0;
    outbox->marked = 0;
}

void outbox_begin(struct outbox *outbox)
{
    bool leaves = outbox->dispatcher && !outbox->some_wait;
    clear(outbox);
    outbox->room = leaves ? dispatcher_room(outbox->dispatcher) : 0;
}

void outbox_rollback(struct outbox *outbox)
{
    clear(outbox);
    outbox->some_wait = true; /* the rows that the transaction had marked wait again */
}

void outbox_finish(struct outbox *outbox)
{
    clear(outbox);
    free(outbox->withdrawn.at);
}

static enum err add_row(struct outbox *outbox, int64_t saga, const struct outbox_message *message,
                        struct error *error)
{
    struct statement *add = statement_set_at(outbox->statements, SAGA_STATEMENT_OUTBOX_ADD);
    const char *const texts[] = {
        kind_names[message->kind], message->category,    message->target,
        message->command,          message->body,        message->idempotency,
        message->message,          message->correlation, message->traceparent};
    statement_bind_int(add, 1, message->number);
    statement_bind_int(add, 2, saga);
    for (int i = 0; i < 9; i++)
        statement_bind_text(add, 3 + i, slice_of(texts[i]));
    statement_bind_int(add, 12, message->first_sent_us);
    return statement_run(add, error);
}

enum err outbox_add(struct outbox *outbox, int64_t saga, struct outbox_message *message,
                    int64_t now_us, struct error *error)
{
    bool leaves = outbox->leaving.count < outbox->room;
    message->number = ++outbox->last;
    message->first_sent_us = leaves ? now_us : 0;
    outbox->some_wait |= !leaves;
    if (leaves)
        outbox_messages_add(&outbox->leaving, outbox_message_create(message));
    return add_row(outbox, saga, message, error);
}

enum err outbox_withdraw(struct outbox *outbox, int64_t number, bool *ret_removed,
                         struct error *error)
{
    struct statement *remove =
        statement_set_at(outbox->statements, SAGA_STATEMENT_OUTBOX_REMOVE_UNSENT);
    statement_bind_int(remove, 1, number);
    enum err err = statement_run(remove, error);
    *ret_removed = !err && db_changes(outbox->db) > 0;
    if (!err && !*ret_removed)
        *ARRAY_ADD(&outbox->withdrawn) = number;
    return err;
}

enum err outbox_remove(struct outbox *outbox, int64_t number, int64_t *ret_saga,
                       struct error *error)
{
    struct statement *remove = statement_set_at(outbox->statements, SAGA_STATEMENT_OUTBOX_REMOVE);
    bool row = false;
    statement_bind_int(remove, 1, number);
    enum err err = statement_step(remove, &row, error);
    *ret_saga = !err && row ? statement_int(remove, 0) : 0;
    statement_reset(remove);
    return err;
}

/* ---- the commit ---- */

bool outbox_may_send(const struct outbox *outbox)
{
    return outbox->dispatcher && outbox->some_wait && dispatcher_room(outbox->dispatcher) > 0;
}

enum err outbox_mark(struct outbox *outbox, int64_t now_us, struct error *error)
{
    if (outbox->leaving.first || !outbox_may_send(outbox))
        return OK; /* messages that wait go with a later transaction */
    int64_t room = (int64_t)dispatcher_room(outbox->dispatcher);
    struct statement *mark = statement_set_at(outbox->statements, SAGA_STATEMENT_OUTBOX_MARK);
    statement_bind_int(mark, 1, outbox->sent);
    statement_bind_int(mark, 2, room);
    statement_bind_int(mark, 3, now_us);
    enum err err = statement_run(mark, error);
    if (err)
        return err;
    outbox->marked = db_changes(outbox->db);
    outbox->marked_us = now_us;
    outbox->some_wait = outbox->marked == room;
    return OK;
}

/* It is unknown whether an earlier process sent a message that it had marked. */
static void add_marked(void *outbox_, const struct outbox_message *row)
{
    struct outbox *outbox = outbox_;
    struct outbox_message *message = outbox_message_create(row);
    message->left = row->first_sent_us != outbox->marked_us;
    outbox_messages_add(&outbox->leaving, message);
}

enum err outbox_send(struct outbox *outbox, struct error *error)
{
    enum err err = OK;
    if (outbox->marked > 0)
        err = outbox_each(outbox, outbox->sent, outbox->marked, add_marked, outbox, error);
    outbox->some_wait |= err != OK;
    if (outbox->leaving.last)
        outbox->sent = outbox->leaving.last->number;
    if (outbox->dispatcher)
        dispatcher_send(outbox->dispatcher, &outbox->leaving);
    for (size_t i = 0; outbox->dispatcher && i < outbox->withdrawn.count; i++)
        dispatcher_withdraw(outbox->dispatcher, outbox->withdrawn.at[i]);
    clear(outbox);
    return err;
}

enum err outbox_shift(struct outbox *outbox, int64_t by_us, struct error *error)
{
    struct statement *shift = statement_set_at(outbox->statements, SAGA_STATEMENT_OUTBOX_SHIFT);
    statement_bind_int(shift, 1, by_us);
    return statement_run(shift, error);
}

enum err outbox_each(struct outbox *outbox, int64_t number, int64_t most, outbox_fn *each,
                     void *context, struct error *error)
{
    struct statement *read = statement_set_at(outbox->statements, SAGA_STATEMENT_OUTBOX_AFTER);
    bool is_row = false;
    enum err err;
    statement_bind_int(read, 1, number);
    statement_bind_int(read, 2, most);
    while (!(err = statement_step(read, &is_row, error)) && is_row) {
        struct outbox_message row = {.number = statement_int(read, 0),
                                     .kind = read_kind(statement_text(read, 1).at),
                                     .category = statement_text(read, 2).at,
                                     .target = statement_text(read, 3).at,
                                     .command = statement_text(read, 4).at,
                                     .body = statement_text(read, 5).at,
                                     .idempotency = statement_text(read, 6).at,
                                     .message = statement_text(read, 7).at,
                                     .correlation = statement_text(read, 8).at,
                                     .traceparent = statement_text(read, 9).at,
                                     .first_sent_us = statement_int(read, 10),
                                     .withdrawn = statement_int(read, 11) != 0};
        each(context, &row);
    }
    statement_reset(read);
    return err;
}
