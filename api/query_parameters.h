/* The parameters of a named query, found in its SQL. */
#pragma once

#include "base/slice.h"

/* Calls `each` once for each distinct :name, in the order they come first, without the colon.
 * Strings, quoted names and comments are passed over. */
void query_parameters_each(struct slice sql, void (*each)(void *context, struct slice name),
                           void *context);
