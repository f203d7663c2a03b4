/* The outbox: the one queue of the messages that sagas send. It is a table of sagas.db, so a message is
 * stored with the decision to send it or not at all; and it is sent only once that is committed.
 *
 *   outbox_add()       in the transaction: a row, and, if the dispatcher accepts more, a copy that leaves
 *   outbox_mark()      before the commit: marks rows that waited as sent, as many as may leave now
 *   outbox_hand_over() after the commit: gives the dispatcher what leaves, in the order of the rows
 *   outbox_remove()    in the transaction that takes the answer in
 *
 * A message that may not leave yet waits as a row, and then all behind it wait too, so the order is that
 * of the rows. A row says that it was sent before it is: after a crash it is sent again under its key.
 *
 * Belongs to the store and its thread. Without a dispatcher (no runner runs, or it catches up with the
 * log) all messages wait.
 */
#pragma once

#include "sagas/dispatcher.h"
#include "sagas/saga_store.h"

/* From now on messages leave. */
void outbox_connect(struct saga_store *store, struct dispatcher *dispatcher);

/* Stores the message of a saga (its row's number) and gives it its number. */
MUST_CHECK enum err outbox_add(struct saga_store *store, int64_t saga,
                               struct outbox_message *message, int64_t now_us, struct error *error);

/* The message must not be sent, or not again. *ret_removed: it never left and is removed; else
 * the dispatcher gets to know it after the commit, and the row stays until the outcome arrives. */
MUST_CHECK enum err outbox_withdraw(struct saga_store *store, int64_t number, bool *ret_removed,
                                    struct error *error);

/* *ret_saga: whose message it was; 0: the outbox has no such message. */
MUST_CHECK enum err outbox_remove(struct saga_store *store, int64_t number, int64_t *ret_saga,
                                  struct error *error);

MUST_CHECK enum err outbox_mark(struct saga_store *store, int64_t now_us, struct error *error);
MUST_CHECK enum err outbox_hand_over(struct saga_store *store, struct error *error);

/* True if messages wait, or may, and the dispatcher accepts one: a transaction would let it leave. */
bool outbox_may_send(const struct saga_store *store);

/* The next messages behind `number`, at most `most`, in order, borrowed; `each` must not change the
 * store. */
typedef void outbox_fn(void *context, const struct outbox_message *message);
MUST_CHECK enum err outbox_each(struct saga_store *store, int64_t number, int64_t most,
                                outbox_fn *each, void *context, struct error *error);
