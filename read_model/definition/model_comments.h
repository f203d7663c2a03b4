/* The comments of a definition as descriptions for clients: of the model, the lines the file begins
 * with; of a table, the lines directly above its CREATE TABLE; of a column, the comment behind it
 * on its line, or the lines above it. Only `--` comments count.
 */
#pragma once

#include "read_model/definition/model_private.h"

/* Sets the descriptions of the model, its tables and their columns; those without a comment have
 * none. After model_tables_read(). */
void model_comments_read(struct model *model);
