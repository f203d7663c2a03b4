/* A prepared SELECT whose rows are written as JSON objects, straight from SQLite into text, and a
 * cache of such statements by their SQL.
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

/* Adds the current row. */
void row_statement_write(const struct row_statement *row, struct text *out);

/* The shortest decimal number that reads back the same, with a '.' or exponent; false, and nothing
 * added, if it is infinite. */
bool row_statement_write_real(double number, struct text *out);

/* Adds a text that is not valid UTF-8, with U+FFFD for each invalid byte. */
void row_statement_repair(struct slice text, struct text *out);

/* Prepared statements of a connection by their SQL, at most ROW_CACHE_MOST: the one that was unused
 * for longest is closed first. A zeroed cache is empty and valid. */
#define ROW_CACHE_MOST 32

struct row_cache_entry {
    uint64_t hash, used;
    char *sql;
    struct row_statement *row;
};

struct row_cache {
    struct row_cache_entry entries[ROW_CACHE_MOST];
    size_t count;
    uint64_t clock;
};

/* NULL if not found. The cache keeps it. */
struct row_statement *row_statement_find(struct row_cache *cache, struct slice sql);
void row_statement_keep(struct row_cache *cache, struct slice sql, struct row_statement *take_row);

/* Closes all statements, which must happen before the connection is closed. */
void row_statement_clear(struct row_cache *cache);
