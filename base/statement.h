/* Prepared statements: prepared once, then bound, stepped and reset as often as needed. Indexes of
 * parameters begin at 1, of columns at 0, as in SQLite.
 */
#pragma once

#include "base/db.h"

struct statement;

enum column_kind {
    COLUMN_NULL,
    COLUMN_INTEGER,
    COLUMN_REAL,
    COLUMN_TEXT,
    COLUMN_BLOB,
};

/* Prepares the one statement in `sql`, to be kept. */
MUST_CHECK enum err statement_prepare(struct db *db, const char *sql,
                                      struct statement **ret_statement, struct error *error);
void statement_close(struct statement *statement);
AUTO_CLOSE(statement, struct statement, statement_close)

/* The index of a named parameter (":name"), or 0. */
int statement_parameter(const struct statement *statement, const char *name);
int statement_parameter_count(const struct statement *statement);
/* The name of a parameter with its colon, or NULL. */
const char *statement_parameter_name(const struct statement *statement, int index);

/* Texts and blobs are borrowed: they must stay until the statement is reset or the parameter bound again. */
void statement_bind_int(struct statement *statement, int index, int64_t number);
void statement_bind_real(struct statement *statement, int index, double number);
void statement_bind_text(struct statement *statement, int index, struct slice text);
void statement_bind_blob(struct statement *statement, int index, const void *bytes, size_t length);
void statement_bind_null(struct statement *statement, int index);

/* Takes a step; *ret_row says whether it returned a row. On an error the statement is reset. */
MUST_CHECK enum err statement_step(struct statement *statement, bool *ret_row, struct error *error);

/* For statements that return no rows: steps to the end and resets. */
MUST_CHECK enum err statement_run(struct statement *statement, struct error *error);

/* For statements that return at most one row, an integer: steps, reads it and resets. *ret is `fallback`
 * if they return none. */
MUST_CHECK enum err statement_read_int(struct statement *statement, int64_t fallback, int64_t *ret,
                                       struct error *error);

void statement_reset(struct statement *statement);

int statement_column_count(const struct statement *statement);
const char *statement_column_name(const struct statement *statement, int column);
enum column_kind statement_kind(const struct statement *statement, int column);
int64_t statement_int(const struct statement *statement, int column);
double statement_real(const struct statement *statement, int column);
/* Valid until the next step or reset; NUL-terminated beyond the length, also when NULL. */
struct slice statement_text(const struct statement *statement, int column);
struct slice statement_blob(const struct statement *statement, int column);

/* True if it cannot write. */
bool statement_is_readonly(const struct statement *statement);
