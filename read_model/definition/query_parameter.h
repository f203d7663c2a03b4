/* The parameters a named query declares in its head:
 *
 *     -- query largest (branch text, most integer = 20)
 *
 * A type is text, integer, real, blob or any; with a default, a literal or null, a parameter may be
 * left out.
 */
#pragma once

#include "read_model/definition/model_private.h"

/* Reads the list, from its ( to its ), into the query. ERR_DEFINITION names the head's line. */
MUST_CHECK enum err query_parameter_read_all(struct model *model, struct slice list,
                                             struct model_query *query, struct error *error);

/* What the statement has is compared with what is declared; of a query without a list, it is what
 * the query takes. */
struct statement;
MUST_CHECK enum err query_parameter_check_all(struct model *model,
                                              const struct statement *statement,
                                              struct model_query *query, struct error *error);

/* The parameter of this name, or NULL. */
const struct model_query_parameter *query_parameter_find(const struct model_query *query,
                                                         struct slice name);
