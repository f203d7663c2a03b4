/* A prepared SELECT whose rows are written as JSON objects, straight from SQLite into text.
 *
 * INTEGER is a JSON integer, REAL the shortest number that reads back the same (infinities are
 * null), TEXT a string, BLOB a string of base64, NULL null.
 */
#pragma once

#include "base/statement.h"
#include "base/text.h"

struct row_statement {
    struct statement *statement;
    size_t count;         /* columns that are shown: the first ones */
    struct slice *labels; /* `{"first":`, `,"second":` … */
    struct text label_text;
};

/* Columns from `shown` on are not written; 0 shows all. ERR_DEFINITION if it writes, has no columns
 * or two of one name. */
MUST_CHECK enum err row_statement_prepare(struct db *db, const char *sql, size_t shown,
                                          struct row_statement **ret, struct error *error);
void row_statement_close(struct row_statement *row);
AUTO_CLOSE(row_statement, struct row_statement, row_statement_close)

/* Adds the present row. */
void row_statement_write(const struct row_statement *row, struct text *out);
