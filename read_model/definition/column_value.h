/* A column's value outside a statement: read from the text of a request, stored in a cursor, bound
 * to a statement. */
#pragma once

#include "base/arena.h"
#include "base/statement.h"
#include "read_model/definition/model.h"

struct column_value {
    enum column_kind kind;
    int64_t integer;
    double real;
    struct slice bytes; /* of a TEXT or BLOB; borrowed */
};

/* Reads a client's text as a value of this type: a decimal integer for INTEGER, a decimal number
 * for REAL, base64 for BLOB; for ANY a number if the text is one, else a text. Memory that is not
 * borrowed from `text` is in the arena. ERR_INVALID_PARAMETER says which form is expected. */
MUST_CHECK enum err column_value_read(enum column_type type, struct slice text, struct arena *arena,
                                      struct column_value *ret, struct error *error);

/* The same for a column of times, whose values have the form of `:time`. A date-time of RFC 3339
 * with any offset and fraction is converted to that form, because times are compared as texts. A
 * prefix of that form ("2026", "2026-11-23", "2026-11-23T10:00") stays as it is: it sorts before
 * all times that begin with it. A text that does not begin like a date stays as it is too.
 * ERR_INVALID_PARAMETER if the text begins like a date-time and is malformed. */
MUST_CHECK enum err column_value_read_time(struct slice text, struct arena *arena,
                                           struct column_value *ret, struct error *error);

/* One of the two above, depending on the column. */
MUST_CHECK enum err column_value_read_for(const struct model_column *column, struct slice text,
                                          struct arena *arena, struct column_value *ret,
                                          struct error *error);

/* A value without a declared type: a text in the shortest form of a number (12, -3, 0.5, 2.0) is
 * that number, every other one is text. SQLite's affinity makes this right for every column that
 * the value is compared with, because such a number converts back to the same text. */
struct column_value column_value_guess(struct slice text);

/* The value in a column of the current row; borrowed until the next step or reset. */
struct column_value column_value_of(const struct statement *statement, int column);

void column_value_bind(const struct column_value *value, struct statement *statement, int index);
