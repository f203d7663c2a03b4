/* All read models: those built into the program and those of a directory. Model, table and query
 * names are unique over all of them. Immutable, shared by threads.
 */
#pragma once

#include "base/text.h"
#include "read_model/definition/model.h"
#include "schema/catalogue/catalogue.h"

struct models;
struct embedded_file;

/* The definitions in `built_in` (NULL: none), which must outlive the result, and the *.sql files of
 * `directory` (NULL: none), where a file replaces a built-in one of the same name. */
MUST_CHECK enum err models_open(const struct embedded_file *built_in, const char *directory,
                                const struct catalogue *catalogue, struct models **ret_models,
                                struct error *error);
void models_close(struct models *models);
AUTO_CLOSE(models, struct models, models_close)

size_t models_count(const struct models *models);
const struct model *models_at(const struct models *models, size_t index); /* sorted by name */
/* NULL if not found. */
const struct model *models_find(const struct models *models, const char *name);
/* "a, b and c", for messages. */
void models_write_names(const struct models *models, struct text *out);

/* An empty set, for models_check_file(). */
struct models *models_create(void);

/* Checks one more file as models_open() would, against these models and those checked before; it
 * replaces a model of the same name. A valid model is added to `checked`. ERR_DEFINITION names
 * file, line and remedy. */
MUST_CHECK enum err models_check_file(const struct models *models, struct models *checked,
                                      const char *path, const struct catalogue *catalogue,
                                      struct error *error);
