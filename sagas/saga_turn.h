/* One turn of a saga: it takes an input in, decides if it can, and what follows is written down: its
 * state, the command to send, its timer, its own event, its history. Inside the store's
 * transaction.
 */
#pragma once

#include "sagas/saga_store.h"
#include "schema/catalogue/upcasters.h"

#define SAGA_PROGRESS_SOURCE "/sagas" /* of the events a saga tells of itself */

/* For all turns. */
struct saga_turns {
    struct saga_store *store;
    const struct saga_kind *const *kinds; /* the table, closed by NULL */
    const struct upcasters *upcasters;    /* NULL: events are read as they are */
    bool decides;                         /* false: sagas only evolve, and decide later */
    int64_t now_us;
};

/* Begins a saga with what `row` says (saga, id, version, correlation, traceparent, facts). A saga
 * that is there already stays as it is. */
MUST_CHECK enum err saga_turn_begin(const struct saga_turns *turns, struct saga_row *row,
                                    const char *what, struct error *error);

/* The saga takes an input; `what` says it in the history. An input that changes nothing that is
 * known leaves no trace but that, and none at all if the saga itself has caused it. */
MUST_CHECK enum err saga_turn_take(const struct saga_turns *turns, struct saga_row *row,
                                   const struct saga_input *input, const char *what,
                                   struct error *error);

/* Plans on a saga that is due. */
MUST_CHECK enum err saga_turn_decide(const struct saga_turns *turns, struct saga_row *row,
                                     struct error *error);

/* A person gives the saga up: nothing is sent any more, nothing undone. What is on its way is still
 * answered, and its answer noted. */
MUST_CHECK enum err saga_turn_abandon(const struct saga_turns *turns, struct saga_row *row,
                                      const char *reason, struct error *error);
