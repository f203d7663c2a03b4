/* Checks that a table of sagas is consistent. The runner does it once, when it starts, so that a mistake
 * is reported before any saga begins. It reads the table only.
 */
#pragma once

#include "sagas/saga.h"

/* Longest name of a saga or a step. Names consist of the characters of ids, since they are parts of keys
 * and message ids. */
#define SAGA_NAME_MOST 64

/* ERR_DEFINITION says which saga, which step, and what is wrong. */
MUST_CHECK enum err saga_table_check(const struct saga_kind *const *table, struct error *error);
