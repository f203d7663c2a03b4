/* An event of the log becomes an input of the sagas it concerns, or begins one. Sagas see only the
 * newest version of an event. */
#pragma once

#include "sagas/saga_turn.h"
#include "schema/event.h"

MUST_CHECK enum err saga_events_apply(const struct saga_turns *turns, const json_t *settings,
                                      const struct event *event, struct error *error);
