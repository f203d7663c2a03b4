/* What the files of a turn share. Nobody else includes it.
 *
 *   saga_turn.c       the row: its facts, its decisions, where it moves
 *   saga_turn_send.c  what leaves by it
 */
#pragma once

#include "sagas/saga_turn.h"

/* Counts it in the row. */
MUST_CHECK enum err saga_turn_send_event(const struct saga_turns *turns, struct saga_row *row,
                                         const char *type, const char *step, const char *reason,
                                         struct error *error);
/* What the decision sends or asks is under way then. */
MUST_CHECK enum err saga_turn_send_command(const struct saga_turns *turns, struct saga_row *row,
                                           const struct saga_decision *decision,
                                           struct error *error);
