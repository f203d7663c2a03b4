/* The upcasters a definition depends on: those that lead to the types its handlers name. They are
 * stored beside the definition's text, so that a generation goes on reading events as it began to,
 * whatever the catalogue says by now. */
#pragma once

#include "base/db.h"
#include "read_model/definition/model_private.h"

/* Copies them from the catalogue. ERR_DEFINITION: a handler names a type whose events are read as a
 * later version. */
MUST_CHECK enum err model_upcasters_take(struct model *model, const struct catalogue *catalogue,
                                         struct error *error);

/* Into and out of a generation's file. The caller owns *ret_upcasters. */
MUST_CHECK enum err model_upcasters_store(const struct model *model, struct db *db,
                                          struct error *error);
MUST_CHECK enum err model_upcasters_load(struct db *db, struct upcasters **ret_upcasters,
                                         struct error *error);
