/* The comments of a definition become descriptions of what they stand at. */
#include "tests/domain/lending.h"
#include "tests/read_model/model_fixture.h"
#include "tests/support/claims.h"

#define HANDLER "\n-- on loan.opened.v1\nINSERT INTO things (id) VALUES (:id);\n"

static const char definition[] =
    "-- Things, and what\n-- they are.\n\n"
    "-- schema\n"
    "-- One row per thing.\n"
    "CREATE TABLE IF NOT EXISTS things ( -- no column's\n"
    "  id TEXT NOT NULL PRIMARY KEY,   -- the key\n"
    "  -- how many,\n"
    "  -- in all\n"
    "  count INTEGER NOT NULL DEFAULT (1 + 2),\n"
    "  \"odd name\" TEXT DEFAULT '-- no comment', -- odd, and\n"
    "                                           -- goes on\n"
    "  seen_at TEXT /* not this */,\n"
    "  plain TEXT,\n"
    "  last INTEGER -- the last\n"
    "    CHECK (last > 0) -- of them\n"
    "  , CHECK (count > 0) -- of the constraint\n"
    ");\n"
    "CREATE INDEX things_by_count ON things (count); -- of the index\n" HANDLER;

static const struct model_table *read_table(const char *text, struct model **ret_model)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    size_t count;
    assert_ok(catalogue_open(&lending.schemas, NULL, &catalogue, &error));
    assert_ok(model_read("things.sql", slice_of(text), catalogue, ret_model, &error));
    const struct model_table *tables = model_tables(*ret_model, &count);
    assert_int_equal(count, 1);
    return &tables[0];
}

static void check(const struct model_table *table, const char *column, const char *expected)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const char *found = table->columns[i].description;
        if (strcmp(table->columns[i].name, column) != 0)
            continue;
        if (expected)
            assert_string_equal(found, expected);
        else
            assert_null(found);
        return;
    }
    fail_msg("no column %s", column);
}

static void comments_describe_the_column_before_or_below_them(void **state)
{
    struct model *model;
    const struct model_table *table = read_table(definition, &model);
    (void)state;
    check(table, "id", "the key");
    check(table, "count", "how many, in all");
    check(table, "odd name", "odd, and goes on");
    check(table, "seen_at", NULL);
    check(table, "plain", NULL);
    check(table, "last", "the last of them");
    model_destroy(model);
}

static void comments_describe_the_table_and_the_model(void **state)
{
    struct model *model;
    const struct model_table *table = read_table(definition, &model);
    (void)state;
    assert_string_equal(table->description, "One row per thing.");
    assert_string_equal(model_description(model), "Things, and what they are.");
    model_destroy(model);
}

static void a_definition_without_comments_has_no_descriptions(void **state)
{
    struct model *model;
    const struct model_table *table = read_table(
        "-- schema\nCREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, at TEXT);" HANDLER, &model);
    (void)state;
    assert_null(model_description(model));
    assert_null(table->description);
    check(table, "id", NULL);
    model_destroy(model);
}

static void text_columns_named_like_times_are_times(void **state)
{
    static const char text[] =
        "-- schema\nCREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, at TEXT, "
        "paid_at TEXT, end_time TEXT, flat TEXT, number_at INTEGER);" HANDLER;
    static const bool times[] = {false, true, true, true, false, false};
    struct model *model;
    const struct model_table *table = read_table(text, &model);
    (void)state;
    for (size_t i = 0; i < table->column_count; i++)
        assert_int_equal(table->columns[i].is_time, times[i]);
    model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_describe_the_column_before_or_below_them),
        cmocka_unit_test(comments_describe_the_table_and_the_model),
        cmocka_unit_test(a_definition_without_comments_has_no_descriptions),
        cmocka_unit_test(text_columns_named_like_times_are_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
