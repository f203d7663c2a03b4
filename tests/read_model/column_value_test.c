#include "read_model/definition/column_value.h"
#include "tests/support/claims.h"

static struct column_value read_good(enum column_type type, const char *text, struct arena *arena)
{
    struct column_value value = {0};
    assert_ok(column_value_read(type, slice_of(text), arena, &value, &error));
    return value;
}

static void a_value_is_read_as_the_type_of_its_column(void **state)
{
    (void)state;
    AUTO(arena) struct arena arena = {0};
    assert_int_equal(read_good(COLUMN_TYPE_INTEGER, "-9223372036854775808", &arena).integer,
                     INT64_MIN);
    assert_true(read_good(COLUMN_TYPE_REAL, "2.5e3", &arena).real == 2500.0);
    assert_int_equal(read_good(COLUMN_TYPE_TEXT, "12", &arena).kind, COLUMN_TEXT);
    assert_int_equal(read_good(COLUMN_TYPE_ANY, "12", &arena).kind, COLUMN_INTEGER);
    assert_int_equal(read_good(COLUMN_TYPE_ANY, "1.5", &arena).kind, COLUMN_REAL);
    assert_int_equal(read_good(COLUMN_TYPE_ANY, "1.5x", &arena).kind, COLUMN_TEXT);
    assert_true(slice_is(read_good(COLUMN_TYPE_BLOB, "aGk=", &arena).bytes, "hi"));
}

static void a_value_of_another_type_is_rejected(void **state)
{
    (void)state;
    AUTO(arena) struct arena arena = {0};
    static const struct {
        enum column_type type;
        const char *text;
    } wrong[] = {
        {COLUMN_TYPE_INTEGER, ""},    {COLUMN_TYPE_INTEGER, "1.5"},
        {COLUMN_TYPE_INTEGER, "abc"}, {COLUMN_TYPE_INTEGER, "9223372036854775808"},
        {COLUMN_TYPE_INTEGER, "1 "},  {COLUMN_TYPE_REAL, "inf"},
        {COLUMN_TYPE_REAL, "0x10"},   {COLUMN_TYPE_REAL, "nan"},
        {COLUMN_TYPE_REAL, "1e999"},  {COLUMN_TYPE_REAL, ""},
        {COLUMN_TYPE_REAL, "1.2.3"},  {COLUMN_TYPE_BLOB, "a"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct column_value value;
        assert_err(ERR_INVALID_PARAMETER, column_value_read(wrong[i].type, slice_of(wrong[i].text),
                                                            &arena, &value, &error));
    }
}

static void only_a_number_in_its_shortest_form_is_taken_for_a_number(void **state)
{
    (void)state;
    static const char *const integers[] = {"0", "12", "-3", "9223372036854775807"};
    static const char *const reals[] = {"0.5", "-2.0", "100.25"};
    static const char *const texts[] = {"",    "007",        "+1", "1.50", "1e3",
                                        "-0",  ".5",         "5.", "1 ",   "nan",
                                        "inf", "2026-11-23", "-",  "0x1",  "9223372036854775808x"};
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        assert_int_equal(column_value_guess(slice_of(integers[i])).kind, COLUMN_INTEGER);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        assert_int_equal(column_value_guess(slice_of(reals[i])).kind, COLUMN_REAL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (column_value_guess(slice_of(texts[i])).kind != COLUMN_TEXT)
            fail_msg("guessed a number: \"%s\"", texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_read_as_the_type_of_its_column),
        cmocka_unit_test(a_value_of_another_type_is_rejected),
        cmocka_unit_test(only_a_number_in_its_shortest_form_is_taken_for_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
