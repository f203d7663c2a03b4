/* Comparing two generations finds the first row that differs, whatever the difference is. */
#include "tests/read_model/model_fixture.h"
#include "tests/support/claims.h"

#define TWO_TABLES                                                                                 \
    "-- schema\n"                                                                                  \
    "CREATE TABLE first (a TEXT, b INTEGER, x ANY, PRIMARY KEY (b, a)) STRICT;\n"                  \
    "CREATE TABLE second (id INT PRIMARY KEY, \"odd name\" TEXT) STRICT;\n"                        \
    "-- on loan.opened.v1\nDELETE FROM first;\n"
#define ROWS                                                                                       \
    "INSERT INTO first VALUES ('k', 1, 'one'), ('l', 1, NULL), ('a', 2, 2.5), ('b', 3, x'00ff');"  \
    "INSERT INTO second VALUES (1, 'x'), (2, NULL);"

static struct model_store *make_store(struct model_fixture *fixture, int number)
{
    AUTO(text) struct text name = {0};
    struct model_store *store = NULL;
    text_printf(&name, "%d.db", number);
    AUTO(string) char *path = model_fixture_path(fixture, name.at);
    assert_ok(model_store_create(path, fixture->model, DB_VOLATILE, &store, &error));
    assert_ok(db_execute(model_store_db(store), ROWS, &error));
    return store;
}

/* Makes two stores of the rows, changes the second one, and compares. */
static enum err compare_after(struct model_fixture *fixture, const char *change,
                              struct error *ret_error)
{
    static int number;
    model_fixture_open(fixture, "two", TWO_TABLES);
    AUTO(model_store) struct model_store *first = make_store(fixture, ++number);
    AUTO(model_store) struct model_store *second = make_store(fixture, ++number);
    struct model_side sides[] = {{model_store_db(first), "1.db"}, {model_store_db(second), "2.db"}};
    assert_ok(db_execute(sides[1].db, change, &error));
    return model_store_compare(&sides[0], &sides[1], fixture->model, ret_error);
}

static void equal_files_compare_equal(void **state)
{
    struct model_fixture *fixture = *state;
    assert_ok(compare_after(fixture, "", &error));
    assert_ok(compare_after(fixture, "DELETE FROM first; DELETE FROM second; " ROWS, &error));
    assert_ok(compare_after(
        fixture, "UPDATE annal_checkpoint SET position = 9; CREATE TABLE annal_more (a)", &error));
}

static void every_difference_is_found_and_named(void **state)
{
    struct model_fixture *fixture = *state;
    static const struct {
        const char *change, *message;
    } cases[] = {
        {"UPDATE first SET x = 'two' WHERE a = 'k'", "first: row 1, 'k': column x is 'one' in "},
        {"UPDATE first SET x = 0 WHERE a = 'l'", "first: row 1, 'l': column x is NULL in "},
        {"UPDATE first SET x = 2 WHERE a = 'a'", "first: row 2, 'a': column x is 2.5 in "},
        {"UPDATE first SET x = '2.5' WHERE a = 'a'", "and '2.5' in "},
        {"UPDATE first SET x = x'00fe' WHERE a = 'b'", "column x is x'00ff' in "},
        {"UPDATE first SET x = 'on' WHERE a = 'k'", "and 'on' in "},
        {"DELETE FROM first WHERE a = 'k'", "first: the row 1, 'k' is in "},
        {"DELETE FROM first WHERE a = 'b'", "first: the row 3, 'b' is in "},
        {"INSERT INTO first VALUES ('c', 2, 1)", "first: the row 2, 'c' is in "},
        {"INSERT INTO first VALUES ('z', 9, 1)", "first: the row 9, 'z' is in "},
        {"DELETE FROM first", "first: the row 1, 'k' is in "},
        {"UPDATE second SET \"odd name\" = 'y' WHERE id = 2",
         "second: row 2: column odd name is NULL in "},
        {"DELETE FROM second", "second: the row 1 is in "},
        {"DROP TABLE second", "no such table: second"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        enum err err = compare_after(fixture, cases[i].change, &error);
        bool dropped = strstr(cases[i].change, "DROP") != NULL;
        if (err != (dropped ? ERR_CORRUPT : ERR_FAILED))
            fail_msg("%s: %d: %s", cases[i].change, (int)err, error.text);
        assert_text_contains(error.text, cases[i].message);
    }
}

static void an_additional_row_is_reported_with_the_file_that_has_it(void **state)
{
    struct model_fixture *fixture = *state;
    struct error error = {0};
    assert_int_equal(compare_after(fixture, "INSERT INTO second VALUES (0, 'new')", &error),
                     ERR_FAILED);
    assert_text_contains(error.text, "second: the row 0 is in 2.db but not in 1.db");
}

#define CLAIM(name)                                                                                \
    cmocka_unit_test_setup_teardown(name, model_fixture_setup, model_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(equal_files_compare_equal),
        CLAIM(every_difference_is_found_and_named),
        CLAIM(an_additional_row_is_reported_with_the_file_that_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
