/* Reads texts of requests into typed values. A value that does not fit its column's type is an
 * error, never a filter that is quietly false. */
#include "read_model/definition/column_value.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#define LONGEST_NUMBER 64 /* characters; a longer text is not a number */

static const char *type_description(enum column_type type)
{
    switch (type) {
    case COLUMN_TYPE_INTEGER:
        return "a 64-bit integer";
    case COLUMN_TYPE_REAL:
        return "a number";
    case COLUMN_TYPE_BLOB:
        return "base64";
    default:
        return "text";
    }
}

/* Decimal only: strtod would also take hexadecimal, "inf" and "nan". */
static bool read_real(struct slice text, double *ret)
{
    char copy[LONGEST_NUMBER + 1], *end;
    if (text.length == 0 || text.length > LONGEST_NUMBER)
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (!memchr("0123456789+-.eE", text.at[i], 15))
            return false;
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    double number = strtod(copy, &end);
    if (*end || !isfinite(number))
        return false;
    *ret = number;
    return true;
}

static bool read_blob(struct slice text, struct arena *arena, struct slice *ret)
{
    AUTO(text) struct text bytes = {0};
    if (!encoding_read_base64(text, &bytes))
        return false;
    *ret = arena_copy(arena, text_slice(&bytes));
    return true;
}

static struct column_value read_any(struct slice text)
{
    struct column_value value = {.kind = COLUMN_TEXT, .bytes = text};
    if (slice_read_int(text, &value.integer))
        value.kind = COLUMN_INTEGER;
    else if (read_real(text, &value.real))
        value.kind = COLUMN_REAL;
    return value;
}

enum err column_value_read(enum column_type type, struct slice text, struct arena *arena,
                           struct column_value *ret, struct error *error)
{
    struct column_value value = {.kind = COLUMN_TEXT, .bytes = text};
    bool good = true;
    switch (type) {
    case COLUMN_TYPE_INTEGER:
        value.kind = COLUMN_INTEGER;
        good = slice_read_int(text, &value.integer);
        break;
    case COLUMN_TYPE_REAL:
        value.kind = COLUMN_REAL;
        good = read_real(text, &value.real);
        break;
    case COLUMN_TYPE_BLOB:
        value.kind = COLUMN_BLOB;
        good = read_blob(text, arena, &value.bytes);
        break;
    case COLUMN_TYPE_ANY:
        value = read_any(text);
        break;
    case COLUMN_TYPE_TEXT:
        break;
    }
    if (!good)
        return error_set(error, ERR_INVALID_PARAMETER, "must be %s; \"%.*s\" is not",
                         type_description(type), SLICE(utf8_cut(text, 60)));
    *ret = value;
    return OK;
}

/* A 0 stands for any digit, every other character for itself. */
static const char time_form[] = "0000-00-00T00:00:00.000000Z";
#define YEAR_LENGTH    4
#define SECONDS_LENGTH 19

/* The length of the prefix that has the form of a time. */
static size_t length_in_form(struct slice text)
{
    size_t i = 0;
    while (i < text.length && i < sizeof time_form - 1 &&
           (time_form[i] == '0' ? isdigit((unsigned char)text.at[i]) : text.at[i] == time_form[i]))
        i++;
    return i;
}

/* `text` has the form of a time so far. Its year, month and so on must exist: completed to their first
 * moment, it is a time. Of a month, day, hour, minute or second with one digit, that digit is not checked. */
static bool is_beginning(struct slice text)
{
    static const char first_moment[] = "0000-01-01T00:00:00.000000Z";
    AUTO(text) struct text whole = {0};
    int64_t us;
    if (text.length < YEAR_LENGTH)
        return false;
    if (text.length < SECONDS_LENGTH && time_form[text.length] == '0' &&
        time_form[text.length - 1] == '0')
        text.length--;
    text_add_slice(&whole, text);
    text_add(&whole, first_moment + text.length);
    return clock_parse(text_slice(&whole), &us);
}

enum err column_value_read_time(struct slice text, struct arena *arena, struct column_value *ret,
                                struct error *error)
{
    int64_t us;
    char form[CLOCK_TEXT_BYTES];
    size_t alike = length_in_form(text);
    *ret = (struct column_value){.kind = COLUMN_TEXT, .bytes = text};
    if (alike == text.length && alike < sizeof time_form - 1 && is_beginning(text))
        return OK;
    if (!clock_parse(text, &us))
        return error_set(error, ERR_INVALID_PARAMETER,
                         "must be a date-time (RFC 3339) or the beginning of one, such as "
                         "2026-11-23T10:00:00Z or 2026-11-23; \"%.*s\" is not (write + as %%2B in "
                         "a URL)",
                         SLICE(utf8_cut(text, 60)));
    clock_format(us, form);
    ret->bytes = arena_copy(arena, slice_of(form));
    return OK;
}

enum err column_value_read_for(const struct model_column *column, struct slice text,
                               struct arena *arena, struct column_value *ret, struct error *error)
{
    return column->is_time ? column_value_read_time(text, arena, ret, error)
                           : column_value_read(column->type, text, arena, ret, error);
}

static bool is_shortest_integer(struct slice text, int64_t *ret)
{
    char written[24];
    return slice_read_int(text, ret) &&
           slice_equal(text, (struct slice){written, (size_t)snprintf(written, sizeof written,
                                                                      "%lld", (long long)*ret)});
}

/* The form in which SQLite writes a REAL that needs no exponent. */
static bool is_shortest_real(struct slice text, double *ret)
{
    char written[40];
    if (!read_real(text, ret))
        return false;
    int length = snprintf(written, sizeof written, "%.15g", *ret);
    if (!strpbrk(written, ".e"))
        length = snprintf(written, sizeof written, "%.15g.0", *ret);
    return slice_equal(text, (struct slice){written, (size_t)length});
}

struct column_value column_value_guess(struct slice text)
{
    struct column_value value = {.kind = COLUMN_TEXT, .bytes = text};
    if (is_shortest_integer(text, &value.integer))
        value.kind = COLUMN_INTEGER;
    else if (is_shortest_real(text, &value.real))
        value.kind = COLUMN_REAL;
    return value;
}

struct column_value column_value_of(const struct statement *statement, int column)
{
    struct column_value value = {.kind = statement_kind(statement, column)};
    if (value.kind == COLUMN_INTEGER)
        value.integer = statement_int(statement, column);
    else if (value.kind == COLUMN_REAL)
        value.real = statement_real(statement, column);
    else if (value.kind == COLUMN_TEXT)
        value.bytes = statement_text(statement, column);
    else if (value.kind == COLUMN_BLOB)
        value.bytes = statement_blob(statement, column);
    return value;
}

void column_value_bind(const struct column_value *value, struct statement *statement, int index)
{
    switch (value->kind) {
    case COLUMN_NULL:
        statement_bind_null(statement, index);
        break;
    case COLUMN_INTEGER:
        statement_bind_int(statement, index, value->integer);
        break;
    case COLUMN_REAL:
        statement_bind_real(statement, index, value->real);
        break;
    case COLUMN_TEXT:
        statement_bind_text(statement, index, value->bytes);
        break;
    case COLUMN_BLOB:
        statement_bind_blob(statement, index, value->bytes.at, value->bytes.length);
        break;
    }
}
