/* The bytes that base64url encodes: a format number, the hash of the request, then for each value
 * its kind and its eight bytes or its length and bytes, numbers in the machine's byte order. A
 * cursor is neither secret nor signed: a forged one only starts elsewhere in the same list. */
#include "read_model/query/cursor.h"

#include "base/encoding.h"

#define FORMAT 1

static void add_bytes(struct text *out, struct slice bytes)
{
    uint32_t length = (uint32_t)bytes.length;
    text_add_bytes(out, &length, sizeof length);
    text_add_slice(out, bytes);
}

static void add_value(struct text *out, const struct column_value *value)
{
    text_add_char(out, (char)value->kind);
    if (value->kind == COLUMN_INTEGER)
        text_add_bytes(out, &value->integer, sizeof value->integer);
    else if (value->kind == COLUMN_REAL)
        text_add_bytes(out, &value->real, sizeof value->real);
    else if (value->kind != COLUMN_NULL)
        add_bytes(out, value->bytes);
}

void cursor_write(uint64_t asked, const struct column_value *values, size_t count, struct text *out)
{
    AUTO(text) struct text bytes = {0};
    text_add_char(&bytes, FORMAT);
    text_add_bytes(&bytes, &asked, sizeof asked);
    for (size_t i = 0; i < count; i++)
        add_value(&bytes, &values[i]);
    encoding_write_base64_url(text_slice(&bytes), out);
}

/* Moves `length` bytes out of `rest`; false if it is shorter. */
static bool take(struct slice *rest, void *to, size_t length)
{
    if (rest->length < length)
        return false;
    memcpy(to, rest->at, length);
    *rest = (struct slice){rest->at + length, rest->length - length};
    return true;
}

static bool take_bytes(struct slice *rest, struct arena *arena, struct slice *ret)
{
    uint32_t length;
    if (!take(rest, &length, sizeof length) || rest->length < length)
        return false;
    *ret = arena_copy(arena, (struct slice){rest->at, length});
    *rest = (struct slice){rest->at + length, rest->length - length};
    return true;
}

static bool take_value(struct slice *rest, struct arena *arena, struct column_value *value)
{
    char kind;
    *value = (struct column_value){0};
    if (!take(rest, &kind, 1))
        return false;
    value->kind = (enum column_kind)kind;
    switch (kind) {
    case COLUMN_NULL:
        return true;
    case COLUMN_INTEGER:
        return take(rest, &value->integer, sizeof value->integer);
    case COLUMN_REAL:
        return take(rest, &value->real, sizeof value->real);
    case COLUMN_TEXT:
    case COLUMN_BLOB:
        return take_bytes(rest, arena, &value->bytes);
    default:
        return false;
    }
}

static enum err malformed(struct error *error)
{
    return error_set(error, ERR_INVALID_CURSOR,
                     "cursor: malformed; send the unchanged value of next_cursor, or omit it");
}

enum err cursor_read(struct slice cursor, uint64_t asked, size_t count, struct arena *arena,
                     struct column_value **ret_values, struct error *error)
{
    AUTO(text) struct text bytes = {0};
    char format;
    uint64_t asked_then;
    if (!encoding_read_base64(cursor, &bytes))
        return malformed(error);
    struct slice rest = text_slice(&bytes);
    if (!take(&rest, &format, 1) || format != FORMAT || !take(&rest, &asked_then, sizeof asked))
        return malformed(error);
    if (asked_then != asked)
        return error_set(error, ERR_INVALID_CURSOR,
                         "cursor: belongs to another list, filter or sort; omit it to start at the "
                         "first row");
    struct column_value *values = arena_allocate(arena, count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        if (!take_value(&rest, arena, &values[i]))
            return malformed(error);
    if (rest.length > 0)
        return malformed(error);
    *ret_values = values;
    return OK;
}
