/* Makes a model out of the text of its file. */
#pragma once

#include "read_model/definition/model.h"
#include "schema/catalogue/catalogue.h"

/* Reads and checks a definition. `file` is for messages, its base name without .sql the model's
 * name. ERR_DEFINITION: "accounts.sql:17: …" with a hint. */
MUST_CHECK enum err model_read(const char *file, struct slice text,
                               const struct catalogue *catalogue, struct model **ret_model,
                               struct error *error);

/* Reads a definition whose hash and upcasters (which it takes over) are known because it was
 * checked before: not compared with the catalogue again. */
MUST_CHECK enum err model_read_stored(const char *file, struct slice text, const char *hash,
                                      struct upcasters *take_upcasters, struct model **ret_model,
                                      struct error *error);
