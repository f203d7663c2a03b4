#include "read_model/query/row_writer.h"
#include "tests/support/claims.h"

static void write_json(const struct row_statement *row, struct text *out)
{
    row_statement_write(row, out);
}

static void write_csv(const struct row_statement *row, struct text *out)
{
    struct read_answer answer = {.format = READ_CSV, .body = *out};
    struct row_writer writer = {row, &answer};
    row_writer_begin(&writer);
    row_writer_add(&writer);
    row_writer_end(&writer);
    *out = answer.body;
}

/* The one row of a SELECT without a table. */
static void assert_written(const char *sql, size_t shown,
                           void (*write)(const struct row_statement *, struct text *),
                           const char *expected)
{
    AUTO(db) struct db *db = NULL;
    AUTO(row_statement) struct row_statement *row = NULL;
    AUTO(text) struct text out = {0};
    bool there = false;
    assert_ok(db_open_memory(&db, &error));
    assert_ok(row_statement_prepare(db, sql, shown, &row, &error));
    assert_ok(statement_step(row->statement, &there, &error));
    assert_true(there);
    write(row, &out);
    assert_string_equal(out.at, expected);
}

static void assert_row(const char *sql, size_t shown, const char *json)
{
    assert_written(sql, shown, write_json, json);
}

static void csv_quotes_where_necessary_and_distinguishes_null_from_empty(void **state)
{
    (void)state;
    assert_written(
        "SELECT NULL AS n, 12 AS i, 0.5 AS r, '' AS e, 'a b' AS t, x'' AS eb, x'00ff' AS b", 0,
        write_csv, "n,i,r,e,t,eb,b\r\n,12,0.5,\"\",a b,\"\",AP8=\r\n");
    assert_written("SELECT 'a,b' AS \"x,y\", 'say \"hi\"' AS q, 'two' || char(10) || 'lines' AS l,"
                   " 'c' || char(13) AS c, 1e999 AS inf",
                   0, write_csv,
                   "\"x,y\",q,l,c,inf\r\n\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"c\r\",\r\n");
    assert_written("SELECT CAST(x'61ff2c' AS TEXT) AS t, 2 AS u, 3 AS hidden", 2, write_csv,
                   "t,u\r\n\"a\xef\xbf\xbd,\",2\r\n");
}

static void every_type_has_its_json(void **state)
{
    (void)state;
    assert_row("SELECT NULL AS n, 12 AS i, -9223372036854775808 AS least", 0,
               "{\"n\":null,\"i\":12,\"least\":-9223372036854775808}");
    assert_row("SELECT 0.1 AS a, 3.0 AS b, 1e300 AS c, 0.1 + 0.2 AS d, 1e999 AS e", 0,
               "{\"a\":0.1,\"b\":3.0,\"c\":1e+300,\"d\":0.30000000000000004,\"e\":null}");
    assert_row("SELECT 'a\"b\\' || char(10) || 'ü' AS t, x'00ff10' AS b", 0,
               "{\"t\":\"a\\\"b\\\\\\nü\",\"b\":\"AP8Q\"}");
    assert_row("SELECT 1 AS \"a\"\"b\"", 0, "{\"a\\\"b\":1}");
}

static void text_that_is_not_utf8_is_shown_repaired(void **state)
{
    (void)state;
    assert_row("SELECT CAST(x'61ff62c3' AS TEXT) AS t", 0,
               "{\"t\":\"a\xef\xbf\xbd"
               "b\xef\xbf\xbd\"}");
    assert_row("SELECT CAST(x'c3bcfff09f9880' AS TEXT) AS t", 0, "{\"t\":\"ü\xef\xbf\xbd😀\"}");
}

static void columns_beyond_those_shown_are_not_written(void **state)
{
    (void)state;
    assert_row("SELECT 1 AS a, 2 AS b, 1 AS a", 2, "{\"a\":1,\"b\":2}");
}

static void a_statement_other_than_a_select_of_distinct_names_is_rejected(void **state)
{
    (void)state;
    static const char *const wrong[] = {"SELECT 1 AS a, 2 AS a", "CREATE TABLE t (a)", "BEGIN"};
    AUTO(db) struct db *db = NULL;
    assert_ok(db_open_memory(&db, &error));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct row_statement *row = NULL;
        assert_err(ERR_DEFINITION, row_statement_prepare(db, wrong[i], 0, &row, &error));
    }
}

static void the_cache_keeps_the_statements_used_last(void **state)
{
    (void)state;
    AUTO(db) struct db *db = NULL;
    struct row_cache cache = {0};
    assert_ok(db_open_memory(&db, &error));
    for (int i = 0; i < 3 * ROW_CACHE_MOST; i++) {
        AUTO(text) struct text sql = {0};
        struct row_statement *row = NULL;
        text_printf(&sql, "SELECT %d", i);
        assert_null(row_statement_find(&cache, text_slice(&sql)));
        assert_ok(row_statement_prepare(db, sql.at, 0, &row, &error));
        row_statement_keep(&cache, text_slice(&sql), row);
        assert_ptr_equal(row_statement_find(&cache, text_slice(&sql)), row);
        assert_non_null(row_statement_find(&cache, slice_of("SELECT 0")));
        assert_true(cache.count <= ROW_CACHE_MOST);
    }
    assert_null(row_statement_find(&cache, slice_of("SELECT 1")));
    row_statement_clear(&cache);
    assert_null(row_statement_find(&cache, slice_of("SELECT 0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_has_its_json),
        cmocka_unit_test(csv_quotes_where_necessary_and_distinguishes_null_from_empty),
        cmocka_unit_test(text_that_is_not_utf8_is_shown_repaired),
        cmocka_unit_test(columns_beyond_those_shown_are_not_written),
        cmocka_unit_test(a_statement_other_than_a_select_of_distinct_names_is_rejected),
        cmocka_unit_test(the_cache_keeps_the_statements_used_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
