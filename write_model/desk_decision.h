/* What a decision must be before its events are stored: only of types that the command declares
 * (COMMAND_EVENTS) and the catalogue knows, with data that fits the type's schema. */
#pragma once

#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

/* ERR_INTERNAL names the first event that is none, its type and the JSON Pointer of what is wrong;
 * for the process's log, not for clients. */
MUST_CHECK enum err desk_decision_check(const struct catalogue *catalogue,
                                        const struct command_kind *kind,
                                        const struct decision *decision, struct error *error);
