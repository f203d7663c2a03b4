/* Refuses what no authorizer sees and what could make a rebuild give other rows than the live model
 * has: keys and row numbers that SQLite chooses, and handlers that depend on the order in which it
 * happens to read rows. For definitions that are new; one that built a generation is taken as it
 * is. */
#pragma once

#include "base/db.h"
#include "read_model/definition/model_private.h"

/* When the tables are there. ERR_DEFINITION with a hint. */
MUST_CHECK enum err model_repeatable_check(const struct model *model, struct db *db,
                                           struct error *error);
