/* Cuts the text of a definition into its sections and their statements. */
#pragma once

#include "read_model/definition/model_private.h"

/* Fills schema, handlers and queries of the model from its text. Knows no SQL but where a statement
 * ends. */
MUST_CHECK enum err model_file_read(struct model *model, struct error *error);
