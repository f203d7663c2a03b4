/* Binding what a client gave to the parameters of a named query. */
#pragma once

#include "base/arena.h"
#include "read_model/query/read_side.h"

struct statement;

/* All the parameters, those left out by their defaults. ERR_INVALID_PARAMETER names the one that is
 * missing, unknown, there twice or not of its type. What is not borrowed from the parameters or
 * the query goes into the arena: both must stay until the statement is reset. */
MUST_CHECK enum err query_bind(struct statement *statement, const struct model_query *query,
                               const struct read_parameter *parameters, size_t count,
                               struct arena *arena, struct error *error);
