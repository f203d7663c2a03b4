/* The names of columns in a list's parameters. What is found here goes on as a number, so that
 * nothing a client wrote becomes part of an SQL text. */
#pragma once

#include "read_model/query/list_request.h"

/* The column of the request's table; ERR_INVALID_PARAMETER with the nearest name. */
MUST_CHECK enum err list_column_find(struct list_request *request, struct slice name,
                                     int *ret_column, struct error *error);

/* Cuts the part of a list up to the next comma off; false when the last was. A list of nothing has
 * one part, which is empty, and so has a list behind its last comma. */
bool list_column_next_part(struct slice *rest, struct slice *ret_part);
