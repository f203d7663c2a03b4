/* Lists and named queries as NDJSON and CSV: the same rows as JSON's, in any number, at any pace.
 */
#include "base/json.h"
#include "telemetry/metrics.h"
#include "tests/api/query_fixture.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t lines_of(const struct text *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->length; i++)
        lines += text->at[i] == '\n';
    return lines;
}

#define MANY_ROWS QUERY_FIXTURE_ROWS(12500) /* more than a page */

static void all_rows_are_streamed_as_ndjson(void **state)
{
    struct query_fixture *fixture = *state;
    read_fixture_build(fixture->read, MANY_ROWS);
    query_fixture_get(fixture, "/read/things?number[gt]=100&fields=number",
                      "Accept: application/x-ndjson");
    assert_int_equal(fixture->reply.status, 200);
    query_fixture_check_header(fixture, "Content-Type", "application/x-ndjson");
    query_fixture_check_header(fixture, "Annal-Position", "1");
    assert_int_equal(lines_of(&fixture->reply.body), 12400);
    assert_memory_equal(fixture->reply.body.at, "{\"number\":101}\n{\"number\":102}\n", 30);
    assert_text_contains(fixture->reply.body.at, "{\"number\":12500}\n");
    query_fixture_get(fixture, "/read/things?limit=5", "Accept: application/x-ndjson");
    assert_int_equal(lines_of(&fixture->reply.body), 5);
    query_fixture_get(fixture, "/read/things?number=x", "Accept: application/x-ndjson");
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
    assert_int_equal(http_client_connections(fixture->client), 1);
}

/* When slow readers hold all that may be held. */
static void an_export_without_room_is_whole_in_small_pages(void **state)
{
    struct query_fixture *fixture = *state;
    query_fixture_reopen(fixture, &(struct http_limits){.answers_in_flight_bytes = 1}, 0);
    const struct metric_series *reads = metric_series(METRIC_QUERIES, "list");
    read_fixture_build(fixture->read, MANY_ROWS);
    int64_t reads_before = metric_value(reads);
    query_fixture_get(fixture, "/read/things?fields=number", "Accept: application/x-ndjson");
    assert_int_equal(fixture->reply.status, 200);
    assert_int_equal(lines_of(&fixture->reply.body), 12500);
    assert_in_range(metric_value(reads) - reads_before, 10, 30); /* of 16 KiB */
}

static void head_of_a_stream_has_no_body(void **state)
{
    struct query_fixture *fixture = *state;
    const char *request =
        "HEAD /read/things HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n";
    AUTO(text) struct text out = {0};
    read_fixture_build(fixture->read, MANY_ROWS);
    int fd = raw_client_connect(fixture->address);
    raw_client_send(fd, request, strlen(request));
    assert_true(raw_client_read_to_end(fd, 10, &out));
    assert_memory_equal(out.at, "HTTP/1.1 200 OK\r\n", 17);
    assert_text_contains(out.at, "Content-Type: text/csv");
    assert_string_equal(strstr(out.at, "\r\n\r\n"), "\r\n\r\n");
    close(fd);
}

static void rows_are_given_as_csv(void **state)
{
    struct query_fixture *fixture = *state;
    read_fixture_build(fixture->read,
                       "INSERT INTO things (id, number, name) VALUES"
                       " ('a', 1, 'plain'), ('b', NULL, 'say \"hi\", twice'), ('c', -3, '')");
    query_fixture_get(fixture, "/read/things?fields=id,number,name", "Accept: text/csv, */*;q=0.1");
    assert_int_equal(fixture->reply.status, 200);
    query_fixture_check_header(fixture, "Content-Type", "text/csv; charset=utf-8; header=present");
    assert_string_equal(fixture->reply.body.at, "id,number,name\r\na,1,plain\r\n"
                                                "b,,\"say \"\"hi\"\", twice\"\r\nc,-3,\"\"\r\n");
    query_fixture_get(fixture, "/read/things?id=none", "Accept: text/csv");
    assert_string_equal(fixture->reply.body.at, "id,number,amount,name,bytes\r\n");
    query_fixture_get(fixture, "/read/things?id=none&fields=name,id", "Accept: text/csv");
    assert_string_equal(fixture->reply.body.at, "name,id\r\n");
    query_fixture_get(fixture, "/read/things?id=none", "Accept: text/csv, application/json");
    query_fixture_check_header(fixture, "Content-Type", "application/json");
    query_fixture_get(fixture, "/read/things", "Accept: text/html");
    http_reply_check_problem(&fixture->reply, 406, "not-acceptable");
}

static void a_reader_that_goes_away_costs_nothing(void **state)
{
    struct query_fixture *fixture = *state;
    const char *request =
        "GET /read/things HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n";
    read_fixture_build(fixture->read, MANY_ROWS);
    for (int i = 0; i < 20; i++) {
        AUTO(text) struct text out = {0};
        int fd = raw_client_connect(fixture->address);
        raw_client_send(fd, request, strlen(request));
        assert_true(raw_client_read_until(fd, "200 OK", 10, &out));
        close(fd);
    }
    query_fixture_get(fixture, "/livez", NULL);
    assert_int_equal(fixture->reply.status, 200);
}

static void a_limit_ends_the_stream_and_links_to_the_rest(void **state)
{
    struct query_fixture *fixture = *state;
    AUTO(text) struct text path = {0};
    read_fixture_build(fixture->read, QUERY_FIXTURE_ROWS(2500));
    query_fixture_get(fixture, "/read/things?limit=1000&fields=id&sort=-id", "Accept: text/csv");
    assert_int_equal(lines_of(&fixture->reply.body), 1001);
    const char *link = http_reply_header(&fixture->reply, "Link");
    assert_non_null(link);
    text_printf(&path, "%.*s", (int)strcspn(link + 1, ">"), link + 1);
    query_fixture_get(fixture, path.at, "Accept: text/csv");
    assert_memory_equal(fixture->reply.body.at, "id\r\n01500\r\n", 11);
    query_fixture_get(fixture, "/read/things?limit=1001", "Accept: text/csv");
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
    query_fixture_get(fixture, "/read/things?limit=5&limit=6", "Accept: text/csv");
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
    query_fixture_get(fixture, "/read/things?limit=many", "Accept: text/csv");
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
}

/* A page ends early when its rows are large; the stream does not. */
static void a_limit_counts_rows_and_not_pages(void **state)
{
    struct query_fixture *fixture = *state;
    read_fixture_build(
        fixture->read,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)"
        " INSERT INTO things (id, name) SELECT i, hex(zeroblob(100000)) FROM n");
    query_fixture_get(fixture, "/read/things?limit=25", "Accept: application/x-ndjson");
    assert_int_equal(lines_of(&fixture->reply.body), 25);
    query_fixture_get(fixture, "/read/things", "Accept: text/csv");
    assert_int_equal(lines_of(&fixture->reply.body), 31);
}

static void named_queries_are_given_in_the_same_forms(void **state)
{
    struct query_fixture *fixture = *state;
    read_fixture_build(fixture->read, QUERY_FIXTURE_ROWS(3));
    query_fixture_get(fixture, "/query/things_above?least=1", "Accept: text/csv");
    query_fixture_check_header(fixture, "Content-Type", "text/csv; charset=utf-8; header=present");
    assert_string_equal(fixture->reply.body.at, "id,said\r\n00002,it's\r\n00003,it's\r\n");
    query_fixture_get(fixture, "/query/things_above?least=2", "Accept: application/x-ndjson");
    query_fixture_check_header(fixture, "Content-Type", "application/x-ndjson");
    assert_string_equal(fixture->reply.body.at, "{\"id\":\"00003\",\"said\":\"it's\"}\n");
    query_fixture_get(fixture, "/query/things_above?least=x", "Accept: text/csv");
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
    query_fixture_get(fixture, "/query/things_above?least=1", "Accept: text/html");
    http_reply_check_problem(&fixture->reply, 406, "not-acceptable");
    http_client_call(fixture->client,
                     &(struct http_call){.method = "HEAD", .path = "/query/things_above?least=1"},
                     &fixture->reply);
    assert_int_equal(fixture->reply.status, 200);
    query_fixture_check_header(fixture, "Content-Length", "68");
}

/* --- a slow reader ---------------------------------------------------------------------------- */

/* A checkpoint can only truncate the WAL when no reader stands in it. */
static void a_slow_reader_holds_no_read_transaction(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = read_fixture_generation(fixture->read, 1);
    read_fixture_commit(store, 1,
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                        "20000) INSERT INTO things (id, name) SELECT i, hex(zeroblob(500)) FROM n");
    read_fixture_serve(fixture->read, 1);
    int fd = query_fixture_send(fixture, "/read/things",
                                "Accept: application/x-ndjson\r\nConnection: close\r\n");
    AUTO(text) struct text out = {0};
    assert_true(raw_client_read_until(fd, "\r\n\r\n", 10, &out));
    for (int position = 2; position < 5; position++) {
        read_fixture_commit(store, position, "UPDATE things SET number = 1");
        wait_until(10, db_checkpoint(model_store_db(store), NULL) == OK);
    }
    assert_true(raw_client_read_to_end(fd, 60, &out));
    assert_int_equal(lines_of(&out) > 20000, true);
    assert_text_contains(out.at + out.length - 7, "0\r\n\r\n"); /* the last chunk */
    close(fd);
    model_store_close(store);
}

/* What cannot be read on is not made to look complete. */
static void a_stream_that_fails_is_cut_short(void **state)
{
    struct query_fixture *fixture = *state;
    AUTO(text) struct text out = {0}, path = {0};
    read_fixture_build(fixture->read,
                       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                       "40000) INSERT INTO things (id, name) SELECT i, hex(zeroblob(500)) FROM n");
    int fd = query_fixture_send(fixture, "/read/things", "Accept: application/x-ndjson\r\n");
    assert_true(raw_client_read_until(fd, "\r\n\r\n", 10, &out));
    text_printf(&path, "%s/read/things.db", fixture->read->directory);
    assert_int_equal(unlink(path.at), 0);
    assert_true(raw_client_read_to_end(fd, 60, &out));
    assert_true(lines_of(&out) < 80000);
    assert_null(strstr(out.at + out.length - 7, "\r\n0\r\n\r\n"));
    close(fd);
    query_fixture_get(fixture, "/livez", NULL);
    assert_int_equal(fixture->reply.status, 200);
}

static void a_closing_endpoint_ends_its_streams(void **state)
{
    struct query_fixture *fixture = *state;
    int fd[4];
    read_fixture_build(fixture->read, QUERY_FIXTURE_ROWS(50000));
    for (int i = 0; i < 4; i++) {
        AUTO(text) struct text out = {0};
        fd[i] = query_fixture_send(fixture, "/read/things", "Accept: text/csv\r\n");
        assert_true(raw_client_read_until(fd[i], "\r\n\r\n", 10, &out));
    }
    for (int i = 0; i < 2; i++)
        close(fd[i]);
    for (int i = 2; i < 4; i++)
        shutdown(fd[i], SHUT_RD);
    query_endpoint_close(fixture->endpoint);
    fixture->endpoint = NULL;
    for (int i = 2; i < 4; i++)
        close(fd[i]);
}

/* --- the same rows in every form -------------------------------------------------------------- */

static uint64_t seed;

static size_t random_below(size_t bound)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed >> 1) % bound;
}

static void make_rows(struct text *sql, int count)
{
    static const char *const names[] = {"NULL",         "''",       "'a'",    "'a,b'",
                                        "'say \"hi\"'", "' '",      "'ü€😀'",  "char(13, 10)",
                                        "'\"'",         "char(10)", "'null'", "'1,5'"};
    static const char *const numbers[] = {"NULL", "0", "-1", "9223372036854775807"};
    static const char *const amounts[] = {"NULL", "0.1", "-1e300", "2.0", "1e999"};
    static const char *const bytes[] = {"NULL", "x''", "x'00ff'", "x'61'"};
    for (int i = 0; i < count; i++)
        text_printf(sql, "INSERT INTO things VALUES ('%03d', %s, %s, %s, %s);", i,
                    numbers[random_below(4)], amounts[random_below(5)], names[random_below(12)],
                    bytes[random_below(4)]);
}

static void random_list(struct text *out)
{
    static const char *const sorts[] = {"id",           "-id",          "number",
                                        "-amount,name", "name,-number", "bytes"};
    static const char *const fields[] = {"", "&fields=name", "&fields=bytes,id,amount",
                                         "&fields=number,name"};
    static const char *const filters[] = {"", "&number[null]=false", "&name[prefix]=a",
                                          "&amount[gt]=0", "&id[gte]=100&name[ne]=a"};
    text_printf(out, "/read/things?sort=%s%s%s", sorts[random_below(6)], fields[random_below(4)],
                filters[random_below(5)]);
}

/* All rows, page by page. */
static json_t *read_pages(struct query_fixture *fixture, const char *list)
{
    json_t *rows = json_array();
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s&limit=%zu", list, 1 + random_below(70));
    while (path.length) {
        query_fixture_get(fixture, path.at, NULL);
        AUTO(json) json_t *page = http_reply_json(&fixture->reply);
        json_array_extend(rows, json_object_get(page, "rows"));
        const char *link = http_reply_header(&fixture->reply, "Link");
        text_clear(&path);
        if (link)
            text_printf(&path, "%.*s", (int)strcspn(link + 1, ">"), link + 1);
    }
    return rows;
}

static void check_ndjson(const json_t *rows, const struct text *body)
{
    const char *at = body->at;
    size_t i;
    const json_t *row;
    json_array_foreach (rows, i, row) {
        const char *end = strchrnul(at, '\n');
        AUTO(json) json_t *line = json_loadb(at, (size_t)(end - at), 0, NULL);
        assert_true(json_equal(line, row));
        at = end + 1;
    }
    assert_ptr_equal(at, body->at + body->length);
}

/* Takes one field and what ends it, as RFC 4180 has them; false in *ret_given if it is empty. */
static const char *take_field(const char *at, struct text *field, bool *ret_given)
{
    text_clear(field);
    text_add(field, "");
    text_reserve(field, 0)[0] = '\0';
    *ret_given = *at != ',' && *at != '\r';
    if (*at != '"') {
        size_t length = strcspn(at, ",\r\n\"");
        text_add_bytes(field, at, length);
        return at + length;
    }
    for (at++; *at != '"' || at[1] == '"'; at++) {
        assert_true(*at);
        text_add_char(field, *at);
        at += *at == '"';
    }
    return at + 1;
}

static void check_value(const json_t *value, const struct text *field, bool given)
{
    assert_int_equal(given, !json_is_null(value));
    if (json_is_string(value))
        assert_string_equal(field->at, json_string_value(value));
    if (json_is_integer(value))
        assert_int_equal(strtoll(field->at, NULL, 10), json_integer_value(value));
    if (json_is_real(value))
        assert_true(strtod(field->at, NULL) == json_real_value(value));
}

static const char *check_csv_row(const char *at, json_t *row)
{
    const char *name;
    json_t *value;
    size_t left = json_object_size(row);
    json_object_foreach (row, name, value) {
        AUTO(text) struct text field = {0};
        bool given;
        at = take_field(at, &field, &given);
        check_value(value, &field, given);
        left--;
        assert_memory_equal(at, left ? "," : "\r\n", left ? 1 : 2);
        at += left ? 1 : 2;
    }
    return at;
}

static void check_csv(const json_t *rows, const struct text *body)
{
    const char *at = strstr(body->at, "\r\n") + 2;
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row)
        at = check_csv_row(at, row);
    assert_ptr_equal(at, body->at + body->length);
}

static void every_form_has_the_same_rows(void **state)
{
    struct query_fixture *fixture = *state;
    const char *given = getenv("ANNAL_TEST_SEED");
    AUTO(text) struct text sql = {0};
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)test_now_ms() * 2 + 1;
    print_message("# seed %llu\n", (unsigned long long)seed);
    make_rows(&sql, 300);
    read_fixture_build(fixture->read, sql.at);
    for (int i = 0; i < 40; i++) {
        AUTO(text) struct text list = {0};
        random_list(&list);
        AUTO(json) json_t *rows = read_pages(fixture, list.at);
        query_fixture_get(fixture, list.at, "Accept: application/x-ndjson");
        check_ndjson(rows, &fixture->reply.body);
        query_fixture_get(fixture, list.at, "Accept: text/csv");
        check_csv(rows, &fixture->reply.body);
    }
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, query_fixture_setup, query_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_rows_are_streamed_as_ndjson),
        TEST(an_export_without_room_is_whole_in_small_pages),
        TEST(head_of_a_stream_has_no_body),
        TEST(rows_are_given_as_csv),
        TEST(a_reader_that_goes_away_costs_nothing),
        TEST(a_limit_ends_the_stream_and_links_to_the_rest),
        TEST(a_limit_counts_rows_and_not_pages),
        TEST(named_queries_are_given_in_the_same_forms),
        TEST(a_slow_reader_holds_no_read_transaction),
        TEST(a_stream_that_fails_is_cut_short),
        TEST(a_closing_endpoint_ends_its_streams),
        TEST(every_form_has_the_same_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
