/* What a definition's `-- schema` makes: run once in a private database in memory, then read back
 * from SQLite's own tables. */
#pragma once

#include "base/db.h"
#include "read_model/definition/model_private.h"

/* Runs the schema under the guard. */
MUST_CHECK enum err model_tables_make(const struct model *model, struct db *db,
                                      struct error *error);

/* Fills the model's tables from what was made, and checks names and primary keys. */
MUST_CHECK enum err model_tables_read(struct model *model, struct db *db, struct error *error);

/* The line of the `-- schema` statement that makes the table or index of this name. */
int model_tables_line(const struct model *model, const char *name);
