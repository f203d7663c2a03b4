/* The outbox: the one queue of the messages that sagas send. It is a table of sagas.db: a message is
 * stored in the transaction that decides to send it, and is sent after the commit.
 *
 *   outbox_add()     in the transaction: a row, and, if the dispatcher accepts more, a copy to send
 *   outbox_mark()    before the commit: marks waiting rows as sent, as many as may leave now
 *   outbox_send()    after the commit: gives the dispatcher these messages, in the order of the rows
 *   outbox_remove()  in the transaction that takes the answer in
 *
 * A message that may not leave yet waits as a row; all later ones then wait too, so the order is that
 * of the rows. A row is marked as sent before it is sent: after a crash it is sent again under its key.
 *
 * Part of struct saga_store, on whose thread it runs. Without a dispatcher (no runner runs, or it
 * catches up with the log) all messages wait.
 */
#pragma once

#include "base/statement_set.h"
#include "sagas/dispatcher.h"

struct outbox {
    struct db *db; /* borrowed, as are the statements */
    struct statement_set *statements;
    struct dispatcher *dispatcher; /* borrowed; NULL: messages wait */
    int64_t last;                  /* the greatest number given */
    int64_t sent;                  /* the dispatcher has all messages up to this number */
    bool some_wait;                /* later ones wait as rows, or may */

    /* Of the open transaction. */
    size_t room;                    /* how many messages may leave with it */
    struct outbox_messages leaving; /* given to the dispatcher after the commit */
    int64_t marked, marked_us; /* how many waiting rows are marked as sent, and at which time */
    struct {
        int64_t *at; /* numbers */
        size_t count, capacity;
    } withdrawn;
};

/* The statements are those of saga_statements.sql. */
MUST_CHECK enum err outbox_init(struct outbox *outbox, struct db *db,
                                struct statement_set *statements, struct error *error);
void outbox_finish(struct outbox *outbox);

/* From now on messages leave. */
void outbox_connect(struct outbox *outbox, struct dispatcher *dispatcher);

/* With the transaction of the store. */
void outbox_begin(struct outbox *outbox);
void outbox_rollback(struct outbox *outbox);

/* Stores the message of a saga (its row's number) and sets its number. */
MUST_CHECK enum err outbox_add(struct outbox *outbox, int64_t saga, struct outbox_message *message,
                               int64_t now_us, struct error *error);

/* The message must not be sent, or not again. *ret_removed: it never left and is removed; else
 * outbox_send() notifies the dispatcher, and the row stays until the outcome arrives. */
MUST_CHECK enum err outbox_withdraw(struct outbox *outbox, int64_t number, bool *ret_removed,
                                    struct error *error);

/* *ret_saga: whose message it was; 0: the outbox has no such message. */
MUST_CHECK enum err outbox_remove(struct outbox *outbox, int64_t number, int64_t *ret_saga,
                                  struct error *error);

MUST_CHECK enum err outbox_mark(struct outbox *outbox, int64_t now_us, struct error *error);
MUST_CHECK enum err outbox_send(struct outbox *outbox, struct error *error);

/* The clock was set: moves the times at which messages were sent. */
MUST_CHECK enum err outbox_shift(struct outbox *outbox, int64_t by_us, struct error *error);

/* True if messages wait, or may, and the dispatcher accepts one: a transaction would let it leave. */
bool outbox_may_send(const struct outbox *outbox);

/* The messages after `number`, at most `most`, in order, borrowed; `each` must not change the
 * outbox. */
typedef void outbox_fn(void *context, const struct outbox_message *message);
MUST_CHECK enum err outbox_each(struct outbox *outbox, int64_t number, int64_t most,
                                outbox_fn *each, void *context, struct error *error);
