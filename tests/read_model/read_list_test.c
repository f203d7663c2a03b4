#include "tests/read_model/read_fixture.h"

#include "base/json.h"

#include <stdio.h>

static const char content[] =
    "INSERT INTO things VALUES ('a', 1, 1.5, 'apple', x'01'), ('b', 2, NULL, 'Banana', NULL),"
    " ('c', NULL, -2.0, NULL, NULL), ('d', 2, 1e300, 'app', x'02'), ('e', -7, 0.5, '', NULL),"
    " ('f', 9223372036854775807, 2.5, 'äpfel', NULL);"
    "INSERT INTO pairs VALUES (1, 'x', 10), (1, 'y', 20), (2, 'x', 30)";

/* The ids of a list's rows, run together: "abd". */
static void assert_ids_of(struct read_fixture *fixture, const char *table, const char *parameters,
                          const char *ids)
{
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(json) json_t *body = NULL;
    AUTO(text) struct text got = {0};
    size_t i;
    json_t *row;
    (void)read_fixture_list(fixture, table, parameters, &answer);
    assert_ok(json_read(text_slice(&answer.body), &body, &error));
    json_array_foreach (json_object_get(body, "rows"), i, row)
        text_add(&got, json_string_or(row, "id", "?"));
    if (!slice_is(text_slice(&got), ids))
        fail_msg("%s: \"%s\" instead of \"%s\"", parameters, text_slice(&got).at, ids);
}

static void assert_ids(struct read_fixture *fixture, const char *parameters, const char *ids)
{
    assert_ids_of(fixture, "things", parameters, ids);
}

static void every_operator_filters_as_documented(void **state)
{
    struct read_fixture *fixture = *state;
    read_fixture_build(fixture, content);
    static const char *const lists[][2] = {
        {"", "abcdef"},
        {"number=2", "bd"},
        {"number[eq]=2", "bd"},
        {"number[ne]=2", "acef"},
        {"number[gt]=1", "bdf"},
        {"number[gte]=1", "abdf"},
        {"number[lt]=2", "ae"},
        {"number[lte]=2", "abde"},
        {"number[in]=1,-7,5", "ae"},
        {"number[null]=true", "c"},
        {"number[null]=false", "abdef"},
        {"amount=1.5", "a"},
        {"amount[gte]=1e300", "d"},
        {"amount[lt]=0", "c"},
        {"name=app", "d"},
        {"name=", "e"},
        {"name[ne]=app", "abcef"},
        {"name[prefix]=app", "ad"},
        {"name[prefix]=ä", "f"},
        {"name[prefix]=", "abdef"},
        {"name[gt]=app", "af"},
        {"name[in]=app,Banana", "bd"},
        {"name[in]=", "e"},
        {"bytes=AQ==", "a"},
        {"bytes[null]=true", "bcef"},
        {"number[gte]=1&number[lt]=9&name[prefix]=a", "ad"},
        {"number=9223372036854775807", "f"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        assert_ids(fixture, lists[i][0], lists[i][1]);
}

static void sorting_is_total_and_puts_nulls_first(void **state)
{
    struct read_fixture *fixture = *state;
    read_fixture_build(fixture, content);
    assert_ids(fixture, "sort=number", "ceabdf");
    assert_ids(fixture, "sort=-number", "fdbaec");
    assert_ids(fixture, "sort=-number,id", "fbdaec");
    assert_ids(fixture, "sort=name,-number", "cebdaf");
    assert_ids(fixture, "sort=-id", "fedcba");
    assert_ids(fixture, "sort=", "abcdef");
}

static void fields_are_the_requested_ones_in_that_order(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, content);
    (void)read_fixture_list(fixture, "things", "fields=number,id&sort=-name&limit=1", &answer);
    assert_text_contains(answer.body.at,
                         "{\"rows\":[{\"number\":9223372036854775807,\"id\":\"f\"}],"
                         "\"next_cursor\":\"");
    assert_string_equal(read_fixture_list(fixture, "pairs", "fields=sum&a=1", &answer),
                        "{\"rows\":[{\"sum\":10},{\"sum\":20}]}");
    assert_string_equal(read_fixture_list(fixture, "pairs", "a=7", &answer), "{\"rows\":[]}");
}

/* Walks with every page size from 1 up and compares with the whole. */
static void assert_walk(struct read_fixture *fixture, const char *parameters, const char *ids)
{
    for (int limit = 1; limit <= 7; limit++) {
        AUTO(text) struct text cursor = {0};
        AUTO(text) struct text got = {0};
        do {
            AUTO(read_answer) struct read_answer answer = {0};
            AUTO(text) struct text query = {0};
            AUTO(json) json_t *body = NULL;
            size_t i;
            json_t *row;
            text_printf(&query, "%s&limit=%d", parameters, limit);
            if (cursor.length)
                text_printf(&query, "&cursor=%s", cursor.at);
            (void)read_fixture_list(fixture, "things", query.at, &answer);
            assert_ok(json_read(text_slice(&answer.body), &body, &error));
            json_array_foreach (json_object_get(body, "rows"), i, row)
                text_add(&got, json_string_or(row, "id", "?"));
            assert_true(json_array_size(json_object_get(body, "rows")) <= (size_t)limit);
            assert_string_equal(json_string_or(body, "next_cursor", ""),
                                text_slice(&answer.next).at);
            text_clear(&cursor);
            text_add_slice(&cursor, text_slice(&answer.next));
        } while (cursor.length);
        assert_string_equal(text_slice(&got).at, ids);
    }
}

static void cursors_walk_over_nulls_and_ties_in_both_directions(void **state)
{
    struct read_fixture *fixture = *state;
    read_fixture_build(fixture, content);
    assert_walk(fixture, "sort=number", "ceabdf");
    assert_walk(fixture, "sort=-number", "fdbaec");
    assert_walk(fixture, "sort=-number,id", "fbdaec");
    assert_walk(fixture, "sort=bytes,-name", "fbecad");
    assert_walk(fixture, "sort=-amount&number[ne]=-7", "dfacb");
}

static void a_cursor_is_bound_to_table_filters_and_sort_only(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer first = {0};
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, content);
    (void)read_fixture_list(fixture, "things", "number[gte]=1&sort=-number&limit=1", &first);
    static const char *const others[] = {
        "number[gte]=2&sort=-number",
        "number[gt]=1&sort=-number",
        "amount[gte]=1&sort=-number",
        "number[gte]=1&sort=number",
        "number[gte]=1",
        "sort=-number",
        "number[gte]=1&sort=-number,name",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        AUTO(text) struct text query = {0};
        struct read_parameter parameters[16];
        text_printf(&query, "%s&cursor=%s", others[i], first.next.at);
        size_t count = read_fixture_parameters(query.at, parameters);
        assert_err(ERR_INVALID_CURSOR,
                   read_list(fixture->side, "things", parameters, count, &answer, &error));
    }
    AUTO(text) struct text query = {0};
    text_printf(&query, "cursor=%s&number[gte]=1&limit=3&sort=-number&fields=id", first.next.at);
    assert_string_equal(read_fixture_list(fixture, "things", query.at, &answer),
                        "{\"rows\":[{\"id\":\"d\"},{\"id\":\"b\"},{\"id\":\"a\"}]}");
}

static void filters_may_be_written_in_any_order(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(text) struct text query = {0};
    read_fixture_build(fixture, content);
    (void)read_fixture_list(fixture, "things", "number[gte]=1&id[ne]=b&limit=1", &answer);
    text_printf(&query, "id[ne]=b&cursor=%s&number[gte]=1&fields=id", answer.next.at);
    assert_string_equal(read_fixture_list(fixture, "things", query.at, &answer),
                        "{\"rows\":[{\"id\":\"d\"},{\"id\":\"f\"}]}");
}

static void an_error_about_a_parameter_names_the_valid_values(void **state)
{
    struct read_fixture *fixture = *state;
    read_fixture_build(fixture, content);
    static const char *const wrong[][2] = {
        {"nummer=1", "did you mean \"number\""},
        {"=1", "column name is missing"},
        {"[gt]=1", "column name is missing"},
        {"number[gtt]=1",
         "unknown operator \"gtt\" (did you mean \"gt\"?); the operators are eq, ne, gt, "},
        {"number[]=1", "unknown operator \"\"; the operators are eq, ne, "},
        {"number[gt=1", "]"},
        {"number=abc", "number: must be a 64-bit integer; \"abc\" is not"},
        {"number=1.5", "64-bit integer"},
        {"number[in]=1,,2", "64-bit integer"},
        {"amount=many", "must be a number"},
        {"bytes=%", "base64"},
        {"number[prefix]=1", "TEXT"},
        {"number[null]=yes", "true or false"},
        {"limit=0", "limit: must be an integer from 1 to 1000; \"0\" is not"},
        {"limit=1001", "1 to 1000"},
        {"limit=", "1 to 1000"},
        {"limit=ten", "ten"},
        {"limit=1&limit=2", "duplicate parameter"},
        {"sort=id&sort=id", "duplicate column"},
        {"sort=ide", "did you mean \"id\""},
        {"sort=number,-number", "duplicate column"},
        {"sort=,id", "column name is missing"},
        {"sort=id,", "column name is missing"},
        {"sort=-", "column name is missing"},
        {"number[in]=1,2,", "64-bit integer"},
        {"Number=1", "did you mean \"number\""},
        {"fields=", "column name is missing"},
        {"fields=id,", "column name is missing"},
        {"fields=id,id", "duplicate column"},
        {"fields=nam", "did you mean \"name\""},
        {"id;DROP TABLE things=1", "no column"},
        {"sort=id\" DESC --", "no column"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO(read_answer) struct read_answer answer = {0};
        struct read_parameter parameters[16];
        struct error error = {0};
        size_t count = read_fixture_parameters(wrong[i][0], parameters);
        if (read_list(fixture->side, "things", parameters, count, &answer, &error) !=
            ERR_INVALID_PARAMETER)
            fail_msg("%s: %s", wrong[i][0], error.text);
        assert_text_contains(error.text, wrong[i][1]);
    }
    AUTO(read_answer) struct read_answer answer = {0};
    struct read_parameter cursor[] = {{slice_of("cursor"), slice_of("")}};
    assert_err(ERR_INVALID_CURSOR, read_list(fixture->side, "things", cursor, 1, &answer, &error));
    cursor[0].value = slice_of("nonsense");
    assert_err(ERR_INVALID_CURSOR, read_list(fixture->side, "things", cursor, 1, &answer, &error));
    assert_err(ERR_NOT_FOUND, read_list(fixture->side, "thing", NULL, 0, &answer, &error));
}

static void too_many_filters_and_values_are_rejected(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(text) struct text values = {0};
    struct read_parameter parameters[40];
    read_fixture_build(fixture, content);
    for (size_t i = 0; i < 40; i++)
        parameters[i] = (struct read_parameter){slice_of("number[ne]"), slice_of("5")};
    assert_ok(read_list(fixture->side, "things", parameters, 32, &answer, &error));
    assert_err(ERR_INVALID_PARAMETER,
               read_list(fixture->side, "things", parameters, 33, &answer, &error));
    for (int i = 0; i < 100; i++)
        text_printf(&values, "%s%d", i == 0 ? "" : ",", i);
    parameters[0] = (struct read_parameter){slice_of("number[in]"), text_slice(&values)};
    assert_ok(read_list(fixture->side, "things", parameters, 1, &answer, &error));
    text_add(&values, ",100");
    parameters[0].value = text_slice(&values);
    assert_err(ERR_INVALID_PARAMETER,
               read_list(fixture->side, "things", parameters, 1, &answer, &error));
}

/* Bytes of all kinds where names, values and cursors belong. */
static void arbitrary_bytes_are_rejected_or_harmless(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    static const char *const names[] = {"cursor",     "sort",         "fields", "limit",
                                        "number[in]", "name[prefix]", "bytes",  NULL};
    static const char bytes[] = "\0\xff[]\"',-%=;azAZ09_ \n\xc3\xa4";
    unsigned random = 7;
    read_fixture_build(fixture, content);
    for (int i = 0; i < 5000; i++) {
        char value[24], name[24];
        for (size_t j = 0; j < sizeof value; j++) {
            random = random * 1664525 + 1013904223;
            value[j] = bytes[(random >> 16) % (sizeof bytes - 1)];
            name[j] = bytes[(random >> 8) % (sizeof bytes - 1)];
        }
        const char *word = names[(random >> 5) % 8];
        struct read_parameter parameter = {{name, (random >> 9) % 24},
                                           {value, (random >> 20) % 24}};
        if (word)
            parameter.name = slice_of(word);
        enum err err = read_list(fixture->side, "things", &parameter, 1, &answer, NULL);
        assert_true(err == OK || err == ERR_INVALID_PARAMETER || err == ERR_INVALID_CURSOR);
    }
    assert_string_equal(read_fixture_list(fixture, "pairs", "a=2&fields=sum", &answer),
                        "{\"rows\":[{\"sum\":30}]}");
}

static void the_default_limit_is_100(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(json) json_t *body = NULL;
    read_fixture_build(fixture, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                "WHERE i < 101) INSERT INTO things (id) SELECT i FROM n");
    (void)read_fixture_list(fixture, "things", "", &answer);
    assert_ok(json_read(text_slice(&answer.body), &body, &error));
    assert_int_equal(json_array_size(json_object_get(body, "rows")), 100);
    assert_true(answer.next.length > 0);
}

static void a_page_of_large_rows_ends_early_and_has_a_cursor(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(text) struct text cursor = {0};
    int rows = 0, pages = 0;
    read_fixture_build(fixture, "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n "
                                "WHERE i < 29) INSERT INTO things (id, name) "
                                "SELECT i, hex(zeroblob(150000)) FROM n");
    do {
        AUTO(read_answer) struct read_answer answer = {0};
        AUTO(json) json_t *body = NULL;
        AUTO(text) struct text query = {0};
        text_printf(&query, "limit=1000%s%s", cursor.length ? "&cursor=" : "",
                    text_slice(&cursor).at);
        (void)read_fixture_list(fixture, "things", query.at, &answer);
        assert_true(answer.body.length < 3 * 1024 * 1024);
        assert_ok(json_read(text_slice(&answer.body), &body, &error));
        rows += (int)json_array_size(json_object_get(body, "rows"));
        text_clear(&cursor);
        text_add_slice(&cursor, text_slice(&answer.next));
        pages++;
    } while (cursor.length);
    assert_int_equal(rows, 20);
    assert_int_equal(pages, 3);
}

static void a_list_that_takes_too_long_is_interrupted(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    struct read_parameter none[] = {{slice_of("name"), slice_of("nobody")}};
    read_fixture_limit(fixture, 1);
    read_fixture_build(fixture, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                "WHERE i < 300000) INSERT INTO things (id, amount) "
                                "SELECT i, i FROM n");
    struct read_parameter counted[] = {{slice_of("limit"), slice_of("1")},
                                       {slice_of("count"), slice_of("true")}};
    assert_err(ERR_QUERY_TIMEOUT, read_list(fixture->side, "things", none, 1, &answer, &error));
    assert_ok(read_list(fixture->side, "things", counted, 1, &answer, &error));
    assert_err(ERR_QUERY_TIMEOUT, read_list(fixture->side, "things", counted, 2, &answer, &error));
    none[0] = (struct read_parameter){slice_of("id"), slice_of("5")};
    assert_ok(read_list(fixture->side, "things", none, 1, &answer, &error));
}

static void pages_of_csv_have_one_header_line_among_them(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {.format = READ_CSV};
    AUTO(text) struct text second = {0};
    read_fixture_build(fixture, "INSERT INTO things (id, number, name) VALUES"
                                " ('a', 1, ''), ('b', 2, NULL), ('c', 3, 'x')");
    assert_string_equal(
        read_fixture_list(fixture, "things", "fields=name,number&sort=number&limit=2", &answer),
        "name,number\r\n\"\",1\r\n,2\r\n");
    assert_int_equal(answer.rows, 2);
    text_printf(&second, "fields=name,number&sort=number&limit=2&cursor=%s", answer.next.at);
    answer.continues = true;
    assert_string_equal(read_fixture_list(fixture, "things", second.at, &answer), "x,3\r\n");
    assert_int_equal(answer.next.length, 0);
    answer.format = READ_NDJSON;
    assert_string_equal(read_fixture_list(fixture, "things", "fields=name&sort=id", &answer),
                        "{\"name\":\"\"}\n{\"name\":null}\n{\"name\":\"x\"}\n");
}

#define TEST(claim)                                                                                \
    cmocka_unit_test_setup_teardown(claim, read_fixture_setup, read_fixture_teardown)

static void a_time_is_compared_whatever_its_offset_and_fraction(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, "INSERT INTO visits VALUES ('2026-11-23T09:59:59.999999Z', 'a'),"
                                " ('2026-11-23T10:00:00.000000Z', 'b'),"
                                " ('2026-11-23T10:00:00.500000Z', 'c'),"
                                " ('2026-11-24T00:00:00.000000Z', 'd')");
    static const char *const lists[][2] = {
        {"seen_at[gte]=2026-11-23T12:00:00+02:00", "bcd"},
        {"seen_at[gte]=2026-11-23T10:00:00Z", "bcd"},
        {"seen_at[lt]=2026-11-23T05:00:00.000-05:00", "a"},
        {"seen_at[lte]=2026-11-23T10:00:00.5Z", "abc"},
        {"seen_at=2026-11-24T01:00:00+01:00", "d"},
        {"seen_at[in]=2026-11-23T10:00:00Z,2026-11-24T02:00:00+02:00", "bd"},
        {"seen_at[gte]=2026-11-24", "d"},
        {"seen_at[prefix]=2026-11-23T10", "bc"},
        {"seen_at[lt]=2026-11-23T10:00", "a"},
        {"seen_at[gte]=2026-11-2", "abcd"},
        {"seen_at[gte]=2026", "abcd"},
        {"seen_at[gt]=2026-11-23T10:00:00.5", "cd"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        assert_ids_of(fixture, "visits", lists[i][0], lists[i][1]);
    static const char *const wrong[][2] = {
        {"seen_at[gte]=2026-11-23T12:00:00 02:00",
         "must be a date-time (RFC 3339) or the beginning of one"},
        {"seen_at=2026-13-23T12:00:00Z", "\"2026-13-23T12:00:00Z\" is not"},
        {"seen_at[in]=2026-11-23T12:00:00Z,2026-11-23 12:00", "\"2026-11-23 12:00\" is not"},
        {"seen_at[gte]=yesterday", "\"yesterday\" is not"},
        {"seen_at=soon", "\"soon\" is not"},
        {"seen_at[lt]=", "must be a date-time"},
        {"seen_at[lt]=202", "\"202\" is not"},
        {"seen_at[ne]=2026-13", "\"2026-13\" is not"},
        {"seen_at[gt]=2026-02-30", "\"2026-02-30\" is not"},
        {"seen_at[gt]=2026-13-01T1", "is not"},
        {"seen_at[lt]=2026-11-23T24:00", "is not"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct read_parameter parameters[16];
        struct error error = {0};
        size_t count = read_fixture_parameters(wrong[i][0], parameters);
        assert_int_equal(read_list(fixture->side, "visits", parameters, count, &answer, &error),
                         ERR_INVALID_PARAMETER);
        assert_text_contains(error.text, wrong[i][1]);
    }
    assert_string_equal(read_fixture_row(fixture, "visits", "2026-11-24T02:00:00+02:00", &answer),
                        "{\"seen_at\":\"2026-11-24T00:00:00.000000Z\",\"id\":\"d\"}");
    assert_string_equal(read_fixture_query(fixture, "visits_after", "", &answer),
                        "{\"rows\":[{\"id\":\"c\"},{\"id\":\"d\"}]}");
    assert_string_equal(read_fixture_query(fixture, "visits_after",
                                           "after_time=2026-11-23T12:00:00.5+02:00", &answer),
                        "{\"rows\":[{\"id\":\"d\"}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_operator_filters_as_documented),
        TEST(a_time_is_compared_whatever_its_offset_and_fraction),
        TEST(sorting_is_total_and_puts_nulls_first),
        TEST(fields_are_the_requested_ones_in_that_order),
        TEST(cursors_walk_over_nulls_and_ties_in_both_directions),
        TEST(a_cursor_is_bound_to_table_filters_and_sort_only),
        TEST(filters_may_be_written_in_any_order),
        TEST(an_error_about_a_parameter_names_the_valid_values),
        TEST(too_many_filters_and_values_are_rejected),
        TEST(arbitrary_bytes_are_rejected_or_harmless),
        TEST(the_default_limit_is_100),
        TEST(a_page_of_large_rows_ends_early_and_has_a_cursor),
        TEST(a_list_that_takes_too_long_is_interrupted),
        TEST(pages_of_csv_have_one_header_line_among_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
