/* Rows as CSV (RFC 4180), lines ended by CR LF. NULL is an empty field, an empty text is "", all
 * else is written as in JSON but for the quotes. */
#pragma once

#include "read_model/query/row_statement.h"

/* The header line: the names of the columns shown. */
void row_csv_write_names(const struct row_statement *row, struct text *out);

/* The present row. */
void row_csv_write(const struct row_statement *row, struct text *out);
