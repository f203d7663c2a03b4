/* Indexes a rebuild may leave to the end: those that are not unique and that no handler uses. */
#pragma once

#include "base/db.h"
#include "read_model/definition/model_private.h"

/* Fills the model's list of them, from a database its schema was run in. The handlers must be known
 * to be valid. Checks the names of all its indexes. */
MUST_CHECK enum err late_index_find(struct model *model, struct db *db, struct error *error);

/* Drops those that are there, makes those that are not. */
MUST_CHECK enum err late_index_drop(const struct model *model, struct db *db, struct error *error);
MUST_CHECK enum err late_index_make(const struct model *model, struct db *db, struct error *error);
