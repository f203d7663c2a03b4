/* A value of a column, outside a statement: read from a request's text, kept in a cursor, bound. */
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

/* Reads what a client wrote for a column of this type: whole decimal numbers for INTEGER, decimal
 * numbers for REAL, base64 for BLOB; for ANY a number if it is written as one, else text. What is
 * not borrowed from `text` goes into the arena. ERR_INVALID_PARAMETER says what was expected. */
MUST_CHECK enum err column_value_read(enum column_type type, struct slice text, struct arena *arena,
                                      struct column_value *ret, struct error *error);

/* The same for a column of times, whose values have the form of `:time`. A date-time of RFC 3339
 * with any offset and fraction is brought to that form, as texts are compared. What such a value
 * begins with ("2026", "2026-11-23", "2026-11-23T10:00") stays as it is: it comes before all times
 * that begin with it. So does what looks like no date at all. ERR_INVALID_PARAMETER if it begins
 * like a date-time and is none. */
MUST_CHECK enum err column_value_read_time(struct slice text, struct arena *arena,
                                           struct column_value *ret, struct error *error);

/* One of the two, as the column is. */
MUST_CHECK enum err column_value_read_for(const struct model_column *column, struct slice text,
                                          struct arena *arena, struct column_value *ret,
                                          struct error *error);

/* A value that no column gives a type: a number written in its shortest form (12, -3, 0.5, 2.0) is
 * that number, everything else is text. SQLite's affinity makes this right for every column it is
 * compared with, since such a number turns back into the same text. */
struct column_value column_value_guess(struct slice text);

/* The value in a column of the present row; borrowed until the next step or reset. */
struct column_value column_value_of(const struct statement *statement, int column);

void column_value_bind(const struct column_value *value, struct statement *statement, int index);
