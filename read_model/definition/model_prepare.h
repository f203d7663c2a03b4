/* Preparing a definition's statements under the guard, errors told with their line. */
#pragma once

#include "read_model/definition/guard.h"
#include "read_model/definition/model_private.h"

/* ERR_DEFINITION names the file and the line at fault. */
MUST_CHECK enum err model_prepare(const struct model *model,
                                  const struct model_statement *statement, struct guard *guard,
                                  struct db *db, struct statement **ret_statement,
                                  struct error *error);
