/* Rows, lists and named queries over HTTP, and waiting for one's own writes. */
#include "api/query_endpoint.h"
#include "base/json.h"
#include "tests/read_model/read_fixture.h"
#include "tests/support/http_client.h"

#include <stdio.h>
#include <unistd.h>

struct fixture {
    struct read_fixture *read;
    struct query_endpoint *endpoint;
    const char *address;
    struct http_client *client;
    struct http_reply reply;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(read_fixture_setup((void **)&fixture->read), 0);
    assert_ok(query_endpoint_open(
        &(struct query_endpoint_options){.listen = "127.0.0.1:0", .side = fixture->read->side},
        &fixture->endpoint, &error));
    fixture->address = query_endpoint_address(fixture->endpoint);
    fixture->client = http_client_open(fixture->address);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    http_client_close(fixture->client);
    query_endpoint_close(fixture->endpoint);
    read_fixture_teardown((void **)&fixture->read);
    http_reply_finish(&fixture->reply);
    free(fixture);
    return 0;
}

/* `header` may be NULL. */
static void get(struct fixture *fixture, const char *path, const char *header)
{
    http_client_call(fixture->client, &(struct http_call){.path = path, .headers = {header}},
                     &fixture->reply);
}

static void check_header(struct fixture *fixture, const char *name, const char *value)
{
    const char *got = http_reply_header(&fixture->reply, name);
    if (!got || strcmp(got, value) != 0)
        fail_msg("the header %s is %s, not %s", name, got ? got : "missing", value);
}

static void a_row_is_given_with_etag_and_position(void **state)
{
    struct fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id, number) VALUES ('a b/c', 7);"
                                      "INSERT INTO pairs VALUES (1, 'x', 3)");
    get(fixture, "/read/things/a%20b%2Fc", NULL);
    assert_int_equal(fixture->reply.status, 200);
    check_header(fixture, "Content-Type", "application/json");
    check_header(fixture, "Annal-Position", "1");
    assert_text_contains(fixture->reply.body.at, "\"number\":7");
    AUTO(text) struct text condition = {0};
    text_printf(&condition, "If-None-Match: %s", http_reply_header(&fixture->reply, "ETag"));
    get(fixture, "/read/things/a%20b%2Fc", condition.at);
    assert_int_equal(fixture->reply.status, 304);
    assert_int_equal(fixture->reply.body.length, 0);
    assert_non_null(http_reply_header(&fixture->reply, "ETag"));
    check_header(fixture, "Annal-Position", "1");
    get(fixture, "/read/pairs/1/x", "If-None-Match: \"other\"");
    assert_int_equal(fixture->reply.status, 200);
    assert_text_contains(fixture->reply.body.at, "\"sum\":3");
}

static void what_is_not_there_is_404_with_the_position(void **state)
{
    struct fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    get(fixture, "/read/things/b", NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    check_header(fixture, "Annal-Position", "1");
    get(fixture, "/read/pairs/1", NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    assert_text_contains(fixture->reply.body.at, "a/b");
    get(fixture, "/read/thigns/a", NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    assert_text_contains(fixture->reply.body.at, "did you mean \\\"things\\\"");
    get(fixture, "/query/things_nmaed", NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    assert_text_contains(fixture->reply.body.at, "things_named");
}

static void bad_reads_are_told(void **state)
{
    static const struct {
        const char *path, *header;
        int status;
        const char *slug;
    } bad[] = {
        {"/read/things/%00", NULL, 400, "invalid-id"},
        {"/read/things/%FF", NULL, 400, "invalid-id"},
        {"/read/things/a?fields=id", NULL, 400, "invalid-parameter"},
        {"/read/things?nubmer=1", NULL, 400, "invalid-parameter"},
        {"/read/things?number[like]=1", NULL, 400, "invalid-parameter"},
        {"/read/things?limit=0", NULL, 400, "invalid-parameter"},
        {"/read/things?cursor=nonsense", NULL, 400, "invalid-cursor"},
        {"/read/things?number=%ZZ", NULL, 400, "invalid-parameter"},
        {"/query/things_named?name=x", NULL, 400, "invalid-parameter"},
        {"/query/things_total?name=x", NULL, 400, "invalid-parameter"},
        {"/read/things/a", "Annal-Min-Position: soon", 400, "bad-request"},
        {"/read/things/a", "Annal-Min-Position: -1", 400, "bad-request"},
        {"/read/things/a", "Accept: text/csv", 406, "not-acceptable"},
        {"/read/things?cursor=x", "Accept: text/csv", 400, "invalid-cursor"},
        {"/read?x=1", NULL, 400, "invalid-parameter"},
    };
    struct fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        get(fixture, bad[i].path, bad[i].header);
        if (fixture->reply.status != bad[i].status)
            fail_msg("%s: %s", bad[i].path, fixture->reply.body.at);
        http_reply_check_problem(&fixture->reply, bad[i].status, bad[i].slug);
    }
}

static void a_model_without_a_file_is_not_ready(void **state)
{
    struct fixture *fixture = *state;
    get(fixture, "/read/things/a", NULL);
    http_reply_check_problem(&fixture->reply, 503, "not-ready");
    assert_non_null(http_reply_header(&fixture->reply, "Retry-After"));
}

static void a_list_links_to_its_next_page(void **state)
{
    struct fixture *fixture = *state;
    AUTO(text) struct text seen = {0}, path = {0};
    read_fixture_build(fixture->read,
                       "INSERT INTO things (id, number) VALUES ('a',1),('b',2),('c',3),('d',0)");
    text_add(&path, "/read/things?number[gte]=1&limit=2&sort=-number");
    while (path.length) {
        get(fixture, path.at, NULL);
        assert_int_equal(fixture->reply.status, 200);
        check_header(fixture, "Annal-Position", "1");
        AUTO(json) json_t *body = http_reply_json(&fixture->reply);
        size_t i;
        const json_t *row;
        json_array_foreach (json_object_get(body, "rows"), i, row)
            text_add(&seen, json_string_or(row, "id", ""));
        const char *link = http_reply_header(&fixture->reply, "Link");
        assert_true(!link == !json_object_get(body, "next_cursor"));
        text_clear(&path);
        if (link)
            text_printf(&path, "%.*s", (int)strcspn(link + 1, ">"), link + 1);
    }
    assert_string_equal(seen.at, "cba");
}

static size_t lines_of(const struct text *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->length; i++)
        lines += text->at[i] == '\n';
    return lines;
}

#define MANY_ROWS                                                                                  \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "              \
    "INSERT INTO things (id, number) SELECT printf('%05d', i), i FROM n"

static void all_rows_are_streamed_as_ndjson(void **state)
{
    struct fixture *fixture = *state;
    read_fixture_build(fixture->read, MANY_ROWS);
    get(fixture, "/read/things?number[gt]=100&fields=number", "Accept: application/x-ndjson");
    assert_int_equal(fixture->reply.status, 200);
    check_header(fixture, "Content-Type", "application/x-ndjson");
    check_header(fixture, "Annal-Position", "1");
    assert_int_equal(lines_of(&fixture->reply.body), 2400);
    assert_memory_equal(fixture->reply.body.at, "{\"number\":101}\n{\"number\":102}\n", 30);
    assert_text_contains(fixture->reply.body.at, "{\"number\":2500}\n");
    get(fixture, "/read/things?limit=5", "Accept: application/x-ndjson");
    assert_int_equal(lines_of(&fixture->reply.body), 5);
    get(fixture, "/read/things?number=x", "Accept: application/x-ndjson");
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
    assert_int_equal(http_client_connections(fixture->client), 1);
}

static void head_of_a_stream_has_no_body(void **state)
{
    struct fixture *fixture = *state;
    const char *request = "HEAD /read/things HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n";
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
    struct fixture *fixture = *state;
    read_fixture_build(fixture->read,
                       "INSERT INTO things (id, number, name) VALUES"
                       " ('a', 1, 'plain'), ('b', NULL, 'say \"hi\", twice'), ('c', -3, '')");
    get(fixture, "/read/things?fields=id,number,name", "Accept: text/csv, */*;q=0.1");
    assert_int_equal(fixture->reply.status, 200);
    check_header(fixture, "Content-Type", "text/csv; charset=utf-8; header=present");
    assert_string_equal(fixture->reply.body.at, "id,number,name\r\na,1,plain\r\n"
                                                "b,,\"say \"\"hi\"\", twice\"\r\nc,-3,\"\"\r\n");
    get(fixture, "/read/things?id=none", "Accept: text/csv");
    assert_string_equal(fixture->reply.body.at, "id,number,amount,name,bytes\r\n");
    get(fixture, "/read/things?id=none&fields=name,id", "Accept: text/csv");
    assert_string_equal(fixture->reply.body.at, "name,id\r\n");
    get(fixture, "/read/things?id=none", "Accept: text/csv, application/json");
    check_header(fixture, "Content-Type", "application/json");
    get(fixture, "/read/things", "Accept: text/html");
    http_reply_check_problem(&fixture->reply, 406, "not-acceptable");
}

static void a_reader_that_goes_away_costs_nothing(void **state)
{
    struct fixture *fixture = *state;
    const char *request = "GET /read/things HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n";
    read_fixture_build(fixture->read, MANY_ROWS);
    for (int i = 0; i < 20; i++) {
        AUTO(text) struct text out = {0};
        int fd = raw_client_connect(fixture->address);
        raw_client_send(fd, request, strlen(request));
        assert_true(raw_client_read_until(fd, "200 OK", 10, &out));
        close(fd);
    }
    get(fixture, "/livez", NULL);
    assert_int_equal(fixture->reply.status, 200);
}

static void a_named_query_is_answered(void **state)
{
    struct fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id, number, name) VALUES ('a',1,'x y')");
    get(fixture, "/query/things_named?name=x+y&most=5", NULL);
    assert_int_equal(fixture->reply.status, 200);
    assert_text_contains(fixture->reply.body.at, "{\"id\":\"a\",\"number\":1}");
    check_header(fixture, "Annal-Position", "1");
}

static void what_there_is_is_listed(void **state)
{
    struct fixture *fixture = *state;
    get(fixture, "/read", NULL);
    AUTO(json) json_t *tables = http_reply_json(&fixture->reply);
    assert_true(json_array_size(json_object_get(tables, "tables")) >= 9);
    assert_text_contains(fixture->reply.body.at, "\"row\":\"/read/pairs/{a}/{b}\"");
    assert_text_contains(fixture->reply.body.at,
                         "{\"name\":\"b\",\"type\":\"text\",\"required\":true,\"key\":2}");
    get(fixture, "/query", NULL);
    json_decref(http_reply_json(&fixture->reply));
    assert_text_contains(fixture->reply.body.at,
                         "\"path\":\"/query/things_named\",\"parameters\":["
                         "{\"name\":\"name\",\"type\":\"any\",\"required\":true},"
                         "{\"name\":\"most\",\"type\":\"any\",\"required\":true}]");
    assert_text_contains(fixture->reply.body.at,
                         "{\"name\":\"most\",\"type\":\"integer\",\"required\":false,"
                         "\"default\":\"2\"}");
    get(fixture, "/readyz", NULL);
    assert_int_equal(fixture->reply.status, 200);
    get(fixture, "/metrics", NULL);
    assert_int_equal(fixture->reply.status, 200);
}

/* --- reading one's own writes ----------------------------------------------------------------- */

static void a_position_that_is_not_reached_in_time_is_503(void **state)
{
    struct fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    struct http_call call = {.path = "/read/things/a",
                             .headers = {"Annal-Min-Position: 2", "Prefer: wait=1"}};
    int64_t start_ms = test_now_ms();
    http_client_call(fixture->client, &call, &fixture->reply);
    assert_true(test_now_ms() - start_ms >= 900);
    http_reply_check_problem(&fixture->reply, 503, "position-not-reached");
    assert_non_null(http_reply_header(&fixture->reply, "Retry-After"));
    call.headers[1] = "Prefer: wait=0";
    http_client_call(fixture->client, &call, &fixture->reply);
    http_reply_check_problem(&fixture->reply, 503, "position-not-reached");
    call.headers[0] = "Annal-Min-Position: 1";
    http_client_call(fixture->client, &call, &fixture->reply);
    assert_int_equal(fixture->reply.status, 200);
}

#define WAITERS 200

static void send_waiters(const struct fixture *fixture, const char *target, int64_t position,
                         int fd[WAITERS])
{
    AUTO(text) struct text sent = {0};
    text_printf(&sent,
                "GET %s HTTP/1.1\r\nHost: x\r\nAnnal-Min-Position: %lld\r\nPrefer: wait=30\r\n"
                "Connection: close\r\n\r\n",
                target, (long long)position);
    for (int i = 0; i < WAITERS; i++) {
        fd[i] = raw_client_connect(fixture->address);
        raw_client_send(fd[i], sent.at, sent.length);
    }
}

static void many_wait_for_a_row_that_comes(void **state)
{
    struct fixture *fixture = *state;
    int fd[WAITERS];
    struct model_store *store = read_fixture_generation(fixture->read, 1);
    read_fixture_commit(store, 1, "INSERT INTO things (id) VALUES ('a')");
    read_fixture_serve(fixture->read, 1);
    send_waiters(fixture, "/read/things/b", 2, fd);
    get(fixture, "/read/things/b", NULL);
    assert_int_equal(fixture->reply.status, 404);
    read_fixture_commit(store, 2, "INSERT INTO things (id, number) VALUES ('b', 22)");
    for (int i = 0; i < WAITERS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 10, &out));
        assert_text_contains(out.at, "HTTP/1.1 200 OK");
        assert_text_contains(out.at, "Annal-Position: 2");
        assert_text_contains(out.at, "Preference-Applied: wait=30");
        assert_text_contains(out.at, "\"number\":22");
        close(fd[i]);
    }
    model_store_close(store);
}

static void lists_wait_too_and_keep_their_parameters(void **state)
{
    struct fixture *fixture = *state;
    int fd[WAITERS];
    struct model_store *store = read_fixture_generation(fixture->read, 1);
    read_fixture_commit(store, 1, "INSERT INTO things (id, number) VALUES ('a', 5)");
    read_fixture_serve(fixture->read, 1);
    send_waiters(fixture, "/read/things?number=6", 3, fd);
    get(fixture, "/livez", NULL);
    read_fixture_commit(store, 3, "INSERT INTO things (id, number) VALUES ('b', 6)");
    for (int i = 0; i < WAITERS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 10, &out));
        assert_text_contains(out.at, "{\"rows\":[{\"id\":\"b\",\"number\":6,");
        assert_null(strstr(out.at, "\"a\""));
        close(fd[i]);
    }
    model_store_close(store);
}

static void an_endpoint_that_closes_answers_those_that_wait(void **state)
{
    struct fixture *fixture = *state;
    int fd[WAITERS];
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    send_waiters(fixture, "/read/things/a", 2, fd);
    get(fixture, "/livez", NULL);
    query_endpoint_close(fixture->endpoint);
    fixture->endpoint = NULL;
    for (int i = 0; i < WAITERS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 10, &out));
        if (out.length) /* else it had not been accepted yet */
            assert_text_contains(out.at, "/problems/shutting-down");
        close(fd[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_is_given_with_etag_and_position),
        TEST(what_is_not_there_is_404_with_the_position),
        TEST(bad_reads_are_told),
        TEST(a_model_without_a_file_is_not_ready),
        TEST(a_list_links_to_its_next_page),
        TEST(all_rows_are_streamed_as_ndjson),
        TEST(head_of_a_stream_has_no_body),
        TEST(rows_are_given_as_csv),
        TEST(a_reader_that_goes_away_costs_nothing),
        TEST(a_named_query_is_answered),
        TEST(what_there_is_is_listed),
        TEST(a_position_that_is_not_reached_in_time_is_503),
        TEST(many_wait_for_a_row_that_comes),
        TEST(lists_wait_too_and_keep_their_parameters),
        TEST(an_endpoint_that_closes_answers_those_that_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
