/* Events whose statements reached a limit in this process: they took too many steps
 * (read_model/definition/guard.h), or ran out of memory STEP_LIMITS_TRIES times, because memory may be
 * free again later.
 *
 * SQLite rolls the whole transaction back when such a statement writes. So the event is recorded here,
 * the transaction runs again from its checkpoint, and when it reaches the event again, the event's stream
 * is parked without running the statements. If events of a type reach a limit in several streams in a
 * row, the definition is at fault, and the worker must end. For one thread.
 */
#pragma once

#include "base/error.h"
#include "schema/event.h"

/* Streams in a row, of events of the same type, after which the definition is at fault. */
#define STEP_LIMITS_IN_A_ROW 3
/* Of an event whose statements run out of memory. */
#define STEP_LIMITS_TRIES    3

struct step_limits {
    struct step_limited *at;
    size_t count, capacity;
};

void step_limits_finish(struct step_limits *limits);

/* Why the event at this position must not be applied; NULL if it may. */
const char *step_limits_find(const struct step_limits *limits, int64_t position);

/* Records that the event reached a limit; `why` is ERR_STEP_LIMIT or ERR_NO_MEMORY with its text. Returns
 * ERR_STEP_LIMIT: run the transaction again; or ERR_DEFINITION: it was one too many in a row. A retry that
 * an operator requested (`asked`) does not count. */
MUST_CHECK enum err step_limits_note(struct step_limits *limits, const struct event *event,
                                     const struct error *why, bool asked, struct error *error);

/* An event was applied. */
void step_limits_pass(struct step_limits *limits, const struct event *event);

/* Events up to the position are committed, or must be tried again: forgets why they must not be applied,
 * and the records after which an event of the type was applied. */
void step_limits_forget(struct step_limits *limits, int64_t position);
