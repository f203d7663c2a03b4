#include "base/encoding.h"
#include "read_model/query/cursor.h"

#include "tests/support/claims.h"

#include <math.h>

static const struct column_value values[] = {
    {.kind = COLUMN_NULL},
    {.kind = COLUMN_INTEGER, .integer = INT64_MIN},
    {.kind = COLUMN_REAL, .real = -INFINITY},
    {.kind = COLUMN_TEXT, .bytes = {"a\0b\xff", 4}},
    {.kind = COLUMN_BLOB, .bytes = {"", 0}},
};
#define COUNT (sizeof values / sizeof *values)

static void a_cursor_keeps_every_kind_of_value(void **state)
{
    (void)state;
    AUTO(text) struct text cursor = {0};
    AUTO(arena) struct arena arena = {0};
    struct column_value *read = NULL;
    cursor_write(42, values, COUNT, &cursor);
    assert_ok(cursor_read(text_slice(&cursor), 42, COUNT, &arena, &read, &error));
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(read[i].kind, values[i].kind);
    assert_int_equal(read[1].integer, INT64_MIN);
    assert_true(read[2].real == -INFINITY);
    assert_true(slice_equal(read[3].bytes, values[3].bytes));
}

static void a_cursor_of_another_request_is_rejected(void **state)
{
    (void)state;
    AUTO(text) struct text cursor = {0};
    AUTO(arena) struct arena arena = {0};
    struct column_value *read = NULL;
    cursor_write(42, values, COUNT, &cursor);
    assert_err(ERR_INVALID_CURSOR,
               cursor_read(text_slice(&cursor), 43, COUNT, &arena, &read, &error));
}

/* Cut anywhere, or with any byte changed, it is either refused or still a list of values. */
static void a_damaged_cursor_is_rejected_or_harmless(void **state)
{
    (void)state;
    AUTO(text) struct text cursor = {0};
    AUTO(text) struct text bytes = {0};
    struct column_value *read = NULL;
    cursor_write(42, values, COUNT, &cursor);
    assert_true(encoding_read_base64(text_slice(&cursor), &bytes));
    for (size_t cut = 0; cut < bytes.length; cut++) {
        AUTO(text) struct text shorter = {0};
        AUTO(arena) struct arena arena = {0};
        encoding_write_base64_url((struct slice){bytes.at, cut}, &shorter);
        assert_err(ERR_INVALID_CURSOR,
                   cursor_read(text_slice(&shorter), 42, COUNT, &arena, &read, &error));
    }
    for (size_t at = 0; at < bytes.length; at++)
        for (int change = 1; change < 256; change <<= 1) {
            AUTO(text) struct text changed = {0};
            AUTO(arena) struct arena arena = {0};
            bytes.at[at] = (char)(bytes.at[at] ^ change);
            encoding_write_base64_url(text_slice(&bytes), &changed);
            bytes.at[at] = (char)(bytes.at[at] ^ change);
            enum err err = cursor_read(text_slice(&changed), 42, COUNT, &arena, &read, NULL);
            assert_true(err == OK || err == ERR_INVALID_CURSOR);
            if (at < 9)
                assert_int_equal(err, ERR_INVALID_CURSOR);
        }
}

static void a_malformed_cursor_is_rejected(void **state)
{
    (void)state;
    static const char *const wrong[] = {"x",          "!",    "AAAA",
                                        "eyJhIjoxfQ", "AQ==", "AQEBAQEBAQEBAQEBAQEBAQEBAQE"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO(arena) struct arena arena = {0};
        struct column_value *read = NULL;
        assert_err(ERR_INVALID_CURSOR,
                   cursor_read(slice_of(wrong[i]), 42, COUNT, &arena, &read, &error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_keeps_every_kind_of_value),
        cmocka_unit_test(a_cursor_of_another_request_is_rejected),
        cmocka_unit_test(a_damaged_cursor_is_rejected_or_harmless),
        cmocka_unit_test(a_malformed_cursor_is_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
