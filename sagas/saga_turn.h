/* One turn of a saga, inside the store's transaction: the saga takes in an input, decides if none of its
 * messages is under way, and the result is stored: its row, the message to send, its timer, its event, its
 * history.
 */
#pragma once

#include "sagas/saga_store.h"
#include "schema/catalogue/upcasters.h"

#define SAGA_TURN_STUCK_EVENT "saga.stuck.v1" /* the event of a saga that becomes stuck */

/* For all turns. */
struct saga_turns {
    struct saga_store *store;
    const struct saga_kind *const *kinds; /* the table, closed by NULL */
    const struct upcasters *upcasters;    /* NULL: events are read unchanged */
    bool decides;                         /* false: sagas only evolve, and decide later */
    int64_t now_us;
};

/* Begins a saga from `row` (saga, id, version, correlation, traceparent, facts). An existing saga
 * is not changed. */
MUST_CHECK enum err saga_turn_begin(const struct saga_turns *turns, struct saga_row *row,
                                    const char *what, struct error *error);

/* The saga takes an input; `what` describes it in the history. An input that changes no fact is noted in
 * the history only, and not even there if the saga itself has caused it. */
MUST_CHECK enum err saga_turn_take(const struct saga_turns *turns, struct saga_row *row,
                                   const struct saga_input *input, const char *what,
                                   struct error *error);

/* Lets a saga that is due decide. */
MUST_CHECK enum err saga_turn_decide(const struct saga_turns *turns, struct saga_row *row,
                                     struct error *error);

/* An operator abandons the saga: it sends nothing more and undoes nothing. The answer to a
 * message under way is still recorded. */
MUST_CHECK enum err saga_turn_abandon(const struct saga_turns *turns, struct saga_row *row,
                                      const char *reason, struct error *error);
