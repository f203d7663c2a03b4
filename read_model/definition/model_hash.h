/* What a generation depends on, as one number. */
#pragma once

#include "read_model/definition/model_private.h"

/* SHA-256 in hexadecimal over the tokens of schema and handlers, with their types, and the schemas
 * of these types and the upcasters that lead to them: comments, spaces and queries do not count.
 * Lives in the model's arena. */
const char *model_hash_compute(struct model *model, const struct catalogue *catalogue);
