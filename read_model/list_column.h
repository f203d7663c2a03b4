/* The names of columns in a list's parameters. What is found here goes on as a number, so that
 * nothing a client wrote becomes part of an SQL text. */
#pragma once

#include "read_model/list_request.h"

/* The column of the request's table; ERR_INVALID_PARAMETER with the nearest name. */
MUST_CHECK enum err list_column_find(struct list_request *request, struct slice name,
                                     int *ret_column, struct error *error);

/* The part of a list up to the next comma; moves `rest` behind it. */
struct slice list_column_next_part(struct slice *rest);
