/* A real trading company's 830 orders go in with `annal send` and come out of the read models as
 * they were computed elsewhere. The data belongs to others and stays outside the project. */
#include "base/encoding.h"
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <stdio.h>
#include <unistd.h>

static char *data_file(const char *name)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "../shared/data/northwind/%s", name);
    return test_source_path(path.at);
}

/* All rows of a table, walked page by page. The caller owns the array. */
static json_t *read_table(const char *address, const char *table)
{
    json_t *rows = json_array();
    AUTO(text) struct text path = {0};
    text_printf(&path, "/read/%s?limit=100", table);
    for (;;) {
        AUTO(http_reply) struct http_reply reply = {0};
        http_get(address, path.at, &reply);
        assert_int_equal(reply.status, 200);
        AUTO(json) json_t *page = http_reply_json(&reply);
        json_array_extend(rows, json_object_get(page, "rows"));
        const char *cursor = json_string_or(page, "next_cursor", NULL);
        if (!cursor)
            return rows;
        text_clear(&path);
        text_printf(&path, "/read/%s?limit=100&cursor=", table);
        encoding_write_percent(slice_of(cursor), &path);
    }
}

static void write_cell(const json_t *value, struct text *out)
{
    if (json_is_string(value))
        text_add(out, json_string_value(value));
    else if (json_is_integer(value))
        text_add_int(out, json_integer_value(value));
    else
        fail_msg("a cell is neither text nor integer");
}

/* The rows as CSV with the columns that the expected file's first line names. */
static void write_csv(const json_t *rows, const char *header, struct text *out)
{
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        AUTO(string) char *names = strdup(header);
        char *rest = names;
        for (char *name; (name = strsep(&rest, ","));) {
            write_cell(json_object_get(row, name), out);
            text_add_char(out, rest ? ',' : '\n');
        }
    }
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines in the order of their bytes: files and tables are sorted by different rules. */
static void sort_lines(char *text, struct text *out)
{
    char *lines[2000];
    size_t count = 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
        if (line[0]) {
            line[strcspn(line, "\r")] = '\0';
            lines[count++] = line;
        }
    qsort(lines, count, sizeof *lines, compare_lines);
    for (size_t i = 0; i < count; i++)
        text_printf(out, "%s\n", lines[i]);
}

static void compare(const char *address, const char *table)
{
    AUTO(text) struct text name = {0};
    AUTO(text) struct text got = {0};
    AUTO(text) struct text got_sorted = {0};
    AUTO(text) struct text expected_sorted = {0};
    text_printf(&name, "expected_%s.csv", table);
    AUTO(string) char *path = data_file(name.at);
    AUTO(string) char *expected = test_file_read(path);
    AUTO(json) json_t *rows = read_table(address, table);
    char *body = strchr(expected, '\n');
    *body++ = '\0';
    expected[strcspn(expected, "\r")] = '\0';
    write_csv(rows, expected, &got);
    sort_lines(got.at, &got_sorted);
    sort_lines(body, &expected_sorted);
    assert_true(expected_sorted.length > 100);
    assert_string_equal(got_sorted.at, expected_sorted.at);
}

static void a_trading_company_s_orders_come_out_as_expected(void **state)
{
    (void)state;
    const char *data = test_directory_make();
    struct annal_process up;
    AUTO(text) struct text bus = {0};
    AUTO(text) struct text to = {0};
    text_printf(&bus, "%s/t-northwind_flow_test", getenv("ANNAL_TEST_BROKER"));
    annal_start(&up, data,
                (const char *[]){"up", "--bus", bus.at, "--commands-listen", "127.0.0.1:0",
                                 "--queries-listen", "127.0.0.1:0", NULL});
    text_printf(&to, "http://%s", annal_address(&up, "commands"));
    AUTO(string) char *commands = data_file("commands.ndjson");
    AUTO(json)
    json_t *sent =
        annal_run_json(data, (const char *[]){"send", "--to", to.at, "--json", commands, NULL});
    assert_int_equal(json_int_or(sent, "accepted", 0), 2525);
    assert_int_equal(json_int_or(sent, "rejected", -1), 0);
    annal_wait_caught_up(data, 60);
    static const char *const tables[] = {"order_summary", "customer_orders", "product_sales",
                                         "daily_sales"};
    for (size_t i = 0; i < 4; i++)
        compare(annal_address(&up, "queries"), tables[i]);
    annal_check_everything(data);
    assert_int_equal(annal_stop(&up, 30), 0);
    test_directory_remove(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trading_company_s_orders_come_out_as_expected),
    };
    AUTO(string) char *commands = data_file("commands.ndjson");
    if (access(commands, R_OK) != 0)
        return test_skip_program("northwind", "../shared/data/northwind is not on this machine");
    if (!getenv("ANNAL_TEST_BROKER"))
        return test_skip_program("northwind", "ANNAL_TEST_BROKER is not set");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
