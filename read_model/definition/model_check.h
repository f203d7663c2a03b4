/* The checks of a definition that SQLite does not make for us, on the tokens of its statements. */
#pragma once

#include "base/db.h"
#include "read_model/definition/model_private.h"

/* Before anything runs: kinds of statements, parameters, conflict clauses, functions of defaults.
 */
MUST_CHECK enum err model_check_text(const struct model *model, struct db *db, struct error *error);

/* When the tables are there: every handler and query can be prepared under the guard, and queries
 * have distinct names and columns. */
MUST_CHECK enum err model_check_statements(struct model *model, struct db *db, struct error *error);

/* Event types, and the fields of their data as far as the text shows them, are in the catalogue. */
MUST_CHECK enum err model_check_events(const struct model *model, const struct catalogue *catalogue,
                                       struct error *error);
