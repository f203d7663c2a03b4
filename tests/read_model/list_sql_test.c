/* How SQLite finds the pages of a list: wherever one begins, an index leads to its first row. */
#include "read_model/query/list_sql.h"

#include "tests/read_model/read_fixture.h"

#include <stdio.h>

/* Of things_by_number, on (number, id), and of the key: no row is passed by, none is sorted. */
static void assert_no_detour(struct db *db, const struct list_sql *sql)
{
    AUTO(text) struct text explain = {0};
    AUTO(statement) struct statement *plan = NULL;
    bool there = true;
    text_printf(&explain, "EXPLAIN QUERY PLAN %s", sql->text.at);
    assert_ok(statement_prepare(db, explain.at, &plan, &error));
    while (true) {
        assert_ok(statement_step(plan, &there, &error));
        if (!there)
            return;
        struct slice step = statement_text(plan, 3);
        if (memcmp(step.at, "SEARCH", 6) != 0)
            fail_msg("%s: %.*s", sql->text.at, SLICE(step));
    }
}

static void check_runs(struct read_fixture *fixture, struct db *db, const char *sort,
                       struct column_value number, size_t runs)
{
    AUTO(list_request) struct list_request request = {0};
    struct read_parameter parameter = {slice_of("sort"), slice_of(sort)};
    size_t count;
    const struct model_table *things = &model_tables(fixture->model, &count)[0];
    struct column_value after[2] = {number, {.kind = COLUMN_TEXT, .bytes = slice_of("c")}};
    struct list_run run[4];
    assert_ok(list_request_read(things, &parameter, 1, &request, &error));
    assert_int_equal(request.sort_count, 2);
    assert_int_equal(list_sql_runs(&request, after, run), runs);
    for (size_t i = 0; i < runs; i++) {
        AUTO(list_sql) struct list_sql sql = {0};
        list_sql_init(&sql, &request, &run[i], after);
        assert_no_detour(db, &sql);
    }
}

static void each_run_after_a_row_is_one_range_of_an_index(void **state)
{
    struct read_fixture *fixture = *state;
    const struct column_value none = {.kind = COLUMN_NULL},
                              seven = {.kind = COLUMN_INTEGER, .integer = 7};
    struct model_store *store = read_fixture_generation(fixture, 1);
    struct db *db = model_store_db(store);
    check_runs(fixture, db, "number", seven, 2);
    check_runs(fixture, db, "number", none, 2);
    check_runs(fixture, db, "-number", seven, 3);
    check_runs(fixture, db, "-number", none, 2);
    model_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_run_after_a_row_is_one_range_of_an_index,
                                        read_fixture_setup, read_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
