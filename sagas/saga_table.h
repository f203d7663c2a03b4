/* Whether a table of sagas holds together: looked at once, when the runner starts, so that a
 * mistake in it is told before any saga begins and not by what becomes of one. It looks at nothing
 * but the table.
 */
#pragma once

#include "sagas/saga.h"

/* Longest name of a saga or a step; names are of the characters of ids, since keys and message ids
 * are made of them. */
#define SAGA_NAME_MOST 64

/* ERR_DEFINITION says which saga, which step, and what is wrong. */
MUST_CHECK enum err saga_table_check(const struct saga_kind *const *table, struct error *error);
