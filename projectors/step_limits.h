/* Events whose statements reached a limit, as this process met them: took too many steps
 * (read_model/definition/guard.h), or found no memory left, STEP_LIMITS_TRIES times, for that may pass.
 *
 * SQLite rolls the whole transaction back when such a statement writes. So the event is
 * noted here, the transaction is run again from its checkpoint, and when it comes to the event
 * again its stream is parked without a try. If events of a type reach the limit in several streams
 * in a row, the definition is at fault, and the worker must end. For one thread.
 */
#pragma once

#include "base/error.h"
#include "schema/event.h"

/* Streams in a row, of events of the same type, after which the definition is at fault. */
#define STEP_LIMITS_IN_A_ROW 3
/* Of an event whose statements find no memory left. */
#define STEP_LIMITS_TRIES    3

struct step_limits {
    struct step_limited *at;
    size_t count, capacity;
};

void step_limits_finish(struct step_limits *limits);

/* Why the event at a position is not tried; NULL if it may be. */
const char *step_limits_find(const struct step_limits *limits, int64_t position);

/* The event reached a limit, as `why` says (ERR_STEP_LIMIT or ERR_NO_MEMORY, and the text).
 * ERR_STEP_LIMIT: run the transaction again, in which the event is tried again or is not.
 * ERR_DEFINITION: it was one too many in a row. One that a person has asked for (`asked`) does not
 * count. */
MUST_CHECK enum err step_limits_note(struct step_limits *limits, const struct event *event,
                                     const struct error *why, bool asked, struct error *error);

/* An event was applied. */
void step_limits_pass(struct step_limits *limits, const struct event *event);

/* Events up to the position are committed, or must be tried again: forgets the reasons not to try
 * them, and what is behind another event of the type. */
void step_limits_forget(struct step_limits *limits, int64_t position);
