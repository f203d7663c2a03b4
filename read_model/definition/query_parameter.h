/* What a named query declares in its head,
 *
 *     -- query largest (branch text, most integer = 20)
 *
 * A type is text, integer, real, blob or any. A parameter with a default, a literal or null, may be
 * omitted.
 */
#pragma once

#include "base/statement.h"
#include "read_model/definition/model.h"

/* Reads the list, from its ( to its ), into the query. ERR_DEFINITION names the line of the
 * head. */
MUST_CHECK enum err query_parameter_read_all(struct model *model, struct slice list,
                                             struct model_query *query, struct error *error);

/* Compares the parameters of the statement with the declared ones. For a query without a list,
 * those of the statement become its parameters. */
MUST_CHECK enum err query_parameter_check_all(struct model *model,
                                              const struct statement *statement,
                                              struct model_query *query, struct error *error);

/* The parameter of this name, or NULL. */
const struct model_query_parameter *query_parameter_find(const struct model_query *query,
                                                         struct slice name);
