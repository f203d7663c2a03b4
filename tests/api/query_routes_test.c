/* Rows, lists and named queries over HTTP, and waiting for one's own writes. */
#include "base/json.h"
#include "telemetry/metrics.h"
#include "tests/api/query_fixture.h"

#include <unistd.h>

static void a_row_is_given_with_etag_and_position(void **state)
{
    struct query_fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id, number) VALUES ('a b/c', 7);"
                                      "INSERT INTO pairs VALUES (1, 'x', 3)");
    query_fixture_get(fixture, "/read/things/a%20b%2Fc", NULL);
    assert_int_equal(fixture->reply.status, 200);
    query_fixture_check_header(fixture, "Content-Type", "application/json");
    query_fixture_check_header(fixture, "Annal-Position", "1");
    assert_text_contains(fixture->reply.body.at, "\"number\":7");
    AUTO(text) struct text condition = {0}, length = {0};
    text_add_int(&length, (int64_t)fixture->reply.body.length);
    text_printf(&condition, "If-None-Match: %s", http_reply_header(&fixture->reply, "ETag"));
    query_fixture_get(fixture, "/read/things/a%20b%2Fc", condition.at);
    assert_int_equal(fixture->reply.status, 304);
    query_fixture_check_header(fixture, "Content-Length", length.at);
    assert_int_equal(fixture->reply.body.length, 0);
    assert_non_null(http_reply_header(&fixture->reply, "ETag"));
    query_fixture_check_header(fixture, "Annal-Position", "1");
    query_fixture_check_header(fixture, "Vary", "Accept");
    query_fixture_get(fixture, "/read/pairs/1/x", "If-None-Match: \"other\"");
    assert_int_equal(fixture->reply.status, 200);
    assert_text_contains(fixture->reply.body.at, "\"sum\":3");
}

static void a_model_at_position_0_says_so(void **state)
{
    static const struct {
        const char *path, *header;
        int status;
    } calls[] = {
        {"/read/things", NULL, 200},
        {"/read/things", "Accept: application/x-ndjson", 200},
        {"/query/things_above?least=3&name=x", NULL, 200},
        {"/read/things/a", NULL, 404},
    };
    struct query_fixture *fixture = *state;
    model_store_close(read_fixture_generation(fixture->read, 1));
    read_fixture_serve(fixture->read, 1);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        query_fixture_get(fixture, calls[i].path, calls[i].header);
        assert_int_equal(fixture->reply.status, calls[i].status);
        query_fixture_check_header(fixture, "Annal-Position", "0");
    }
}

/* The filters stand in the next page's Link, percent-encoded and so three times as long. */
static void a_link_that_is_too_long_is_left_out(void **state)
{
    static const size_t lengths[] = {100, 2000, 5000, 9000, 15000, 25000, 31000};
    struct query_fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a'), ('b')");
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        AUTO(text) struct text path = {0};
        text_add(&path, "/read/things?limit=1&id[ne]=");
        for (size_t j = 0; j < lengths[i]; j++)
            text_add_char(&path, '/');
        query_fixture_get(fixture, path.at, NULL);
        assert_int_equal(fixture->reply.status, 200);
        assert_text_contains(fixture->reply.body.at, "\"next_cursor\":");
        const char *link = http_reply_header(&fixture->reply, "Link");
        if (lengths[i] == 100)
            assert_non_null(link);
        if (lengths[i] > 15000)
            assert_null(link);
    }
}

static void a_missing_row_is_404_with_the_position(void **state)
{
    struct query_fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    query_fixture_get(fixture, "/read/things/b", NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    query_fixture_check_header(fixture, "Annal-Position", "1");
    query_fixture_get(fixture, "/read/pairs/1", NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    assert_text_contains(fixture->reply.body.at, "a/b");
    query_fixture_get(fixture, "/read/thigns/a", NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    assert_text_contains(fixture->reply.body.at,
                         "did you mean \\\"things\\\"? GET /read lists all");
    query_fixture_get(fixture, "/query/things_nmaed", NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    assert_text_contains(fixture->reply.body.at,
                         "did you mean \\\"things_named\\\"? GET /query lists all");
}

static void invalid_reads_get_an_exact_answer(void **state)
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
        {"/read/things?count=yes", NULL, 400, "invalid-parameter"},
        {"/read/things?limit=1&limit=2", NULL, 400, "invalid-parameter"},
        {"/read/things?sort=id&sort=id", NULL, 400, "invalid-parameter"},
    };
    struct query_fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        query_fixture_get(fixture, bad[i].path, bad[i].header);
        if (fixture->reply.status != bad[i].status)
            fail_msg("%s: %s", bad[i].path, fixture->reply.body.at);
        http_reply_check_problem(&fixture->reply, bad[i].status, bad[i].slug);
    }
}

static void a_model_without_a_file_is_not_ready(void **state)
{
    struct query_fixture *fixture = *state;
    query_fixture_get(fixture, "/read/things/a", NULL);
    http_reply_check_problem(&fixture->reply, 503, "not-ready");
    assert_non_null(http_reply_header(&fixture->reply, "Retry-After"));
}

static void no_answer_names_a_file_of_the_server(void **state)
{
    struct query_fixture *fixture = *state;
    AUTO(text) struct text file = {0};
    static const struct {
        const char *path, *header;
    } reads[] = {{"/read/things/a", NULL},
                 {"/read/things", NULL},
                 {"/query/things_total", NULL},
                 {"/read/things?limit=1", "Accept: text/csv"},
                 {"/read/things/a", "Accept: text/event-stream"},
                 {"/read/things", "Accept: text/event-stream"}};
    read_fixture_build(fixture->read, "");
    text_printf(&file, "%s/read/things.1.db", fixture->read->directory);
    assert_int_equal(remove(file.at), 0);
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        query_fixture_get(fixture, reads[i].path, reads[i].header);
        http_reply_check_problem(&fixture->reply, 503, "io-error");
        assert_text_contains(fixture->reply.body.at,
                             "read model things cannot be read; the server's log states the cause");
        assert_null(strstr(fixture->reply.body.at, fixture->read->directory));
    }
    query_fixture_get(fixture, "/readyz", NULL);
    assert_int_equal(fixture->reply.status, 503);
    assert_text_contains(fixture->reply.body.at, "`annal status` states the cause");
    assert_null(strstr(fixture->reply.body.at, fixture->read->directory));
}

static void a_list_links_to_its_next_page(void **state)
{
    struct query_fixture *fixture = *state;
    AUTO(text) struct text seen = {0}, path = {0};
    read_fixture_build(fixture->read,
                       "INSERT INTO things (id, number) VALUES ('a',1),('b',2),('c',3),('d',0)");
    text_add(&path, "/read/things?number[gte]=1&limit=2&sort=-number");
    while (path.length) {
        query_fixture_get(fixture, path.at, NULL);
        assert_int_equal(fixture->reply.status, 200);
        query_fixture_check_header(fixture, "Annal-Position", "1");
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

static json_t *get_counted(struct query_fixture *fixture, const char *path, int64_t count)
{
    query_fixture_get(fixture, path, NULL);
    assert_int_equal(fixture->reply.status, 200);
    json_t *body = http_reply_json(&fixture->reply);
    assert_int_equal(json_int_or(body, "count", -1), count);
    return body;
}

static void a_list_counts_matching_rows_on_request(void **state)
{
    struct query_fixture *fixture = *state;
    AUTO(text) struct text path = {0};
    read_fixture_build(fixture->read,
                       "INSERT INTO things (id, number) VALUES ('a',1),('b',2),('c',3),('d',0)");
    text_add(&path, "/read/things?number[gte]=1&limit=2&count=true&fields=id");
    json_t *first = get_counted(fixture, path.at, 3);
    text_printf(&path, "&cursor=%s", json_string_or(first, "next_cursor", ""));
    json_decref(first);
    json_decref(get_counted(fixture, path.at, 3));
    json_decref(get_counted(fixture, "/read/things?number=9&count=true", 0));
    json_decref(get_counted(fixture, "/read/things?count=false", -1));
    json_decref(get_counted(fixture, "/read/things", -1));
    query_fixture_get(fixture, "/read/things?number[gte]=1&count=true&limit=1", "Accept: text/csv");
    query_fixture_check_header(fixture, "Annal-Count", "3");
}

static void a_named_query_is_answered(void **state)
{
    struct query_fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id, number, name) VALUES ('a',1,'x y')");
    query_fixture_get(fixture, "/query/things_named?name=x+y&most=5", NULL);
    assert_int_equal(fixture->reply.status, 200);
    assert_text_contains(fixture->reply.body.at, "{\"id\":\"a\",\"number\":1}");
    query_fixture_check_header(fixture, "Annal-Position", "1");
}

static void tables_and_queries_are_listed(void **state)
{
    struct query_fixture *fixture = *state;
    query_fixture_get(fixture, "/read", NULL);
    AUTO(json) json_t *tables = http_reply_json(&fixture->reply);
    assert_true(json_array_size(json_object_get(tables, "tables")) == 7);
    assert_text_contains(fixture->reply.body.at, "\"row\":\"/read/pairs/{a}/{b}\"");
    assert_text_contains(fixture->reply.body.at,
                         "{\"name\":\"b\",\"type\":\"text\",\"required\":true,\"key\":2}");
    query_fixture_get(fixture, "/query", NULL);
    json_decref(http_reply_json(&fixture->reply));
    assert_text_contains(fixture->reply.body.at,
                         "\"path\":\"/query/things_named\",\"parameters\":["
                         "{\"name\":\"name\",\"type\":\"any\",\"required\":true},"
                         "{\"name\":\"most\",\"type\":\"any\",\"required\":true}]");
    assert_text_contains(fixture->reply.body.at,
                         "{\"name\":\"most\",\"type\":\"integer\",\"required\":false,"
                         "\"default\":\"2\"}");
    query_fixture_get(fixture, "/readyz", NULL);
    assert_int_equal(fixture->reply.status, 200);
    query_fixture_get(fixture, "/metrics", NULL);
    assert_int_equal(fixture->reply.status, 200);
}

/* --- reading one's own writes ----------------------------------------------------------------- */

static void a_position_that_is_not_reached_in_time_is_503(void **state)
{
    struct query_fixture *fixture = *state;
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

static void a_key_that_fits_no_row_waits_for_no_position(void **state)
{
    struct query_fixture *fixture = *state;
    static const char *const paths[] = {"/read/pairs/1", "/read/pairs/one/x"};
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        static const char *const accepted[] = {"Accept: application/json",
                                               "Accept: text/event-stream"};
        for (size_t k = 0; k < sizeof accepted / sizeof *accepted; k++) {
            struct http_call call = {
                .path = paths[i],
                .headers = {"Annal-Min-Position: 2", "Prefer: wait=0", accepted[k]}};
            http_client_call(fixture->client, &call, &fixture->reply);
            http_reply_check_problem(&fixture->reply, 404, "not-found");
            assert_string_equal(http_reply_header(&fixture->reply, "Annal-Position"), "1");
        }
    }
}

#define WAITERS 1000

static void send_waiters(const struct query_fixture *fixture, const char *target, int64_t position,
                         int fd[WAITERS])
{
    AUTO(text) struct text sent = {0};
    text_printf(
        &sent,
        "GET %s HTTP/1.1\r\nHost: localhost\r\nAnnal-Min-Position: %lld\r\nPrefer: wait=30\r\n"
        "Connection: close\r\n\r\n",
        target, (long long)position);
    for (int i = 0; i < WAITERS; i++) {
        fd[i] = raw_client_connect(fixture->address);
        raw_client_send(fd[i], sent.at, sent.length);
    }
}

static void many_wait_for_a_row_that_comes(void **state)
{
    struct query_fixture *fixture = *state;
    int fd[WAITERS];
    struct model_store *store = read_fixture_generation(fixture->read, 1);
    read_fixture_commit(store, 1, "INSERT INTO things (id) VALUES ('a')");
    read_fixture_serve(fixture->read, 1);
    send_waiters(fixture, "/read/things/b", 2, fd);
    query_fixture_get(fixture, "/read/things/b", NULL);
    assert_int_equal(fixture->reply.status, 404);
    read_fixture_commit(store, 2, "INSERT INTO things (id, number) VALUES ('b', 22)");
    for (int i = 0; i < WAITERS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 10, &out));
        assert_text_contains(out.at, "HTTP/1.1 200 OK");
        assert_text_contains(out.at, "Annal-Position: 2");
        assert_text_contains(out.at, "Preference-Applied: wait=30");
        assert_text_contains(out.at, "\"number\":22");
        const char *vary = strstr(out.at, "Vary: Accept\r\n");
        assert_non_null(vary);
        assert_null(strstr(vary + 1, "Vary"));
        close(fd[i]);
    }
    model_store_close(store);
}

static void lists_wait_too_and_keep_their_parameters(void **state)
{
    struct query_fixture *fixture = *state;
    int fd[WAITERS];
    struct model_store *store = read_fixture_generation(fixture->read, 1);
    read_fixture_commit(store, 1, "INSERT INTO things (id, number) VALUES ('a', 5)");
    read_fixture_serve(fixture->read, 1);
    send_waiters(fixture, "/read/things?number=6", 3, fd);
    query_fixture_get(fixture, "/livez", NULL);
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

/* Every second one: the server notices at once, and the others have their answers. */
static void those_who_go_away_while_waiting_do_not_disturb_the_others(void **state)
{
    struct query_fixture *fixture = *state;
    int fd[WAITERS];
    struct model_store *store = read_fixture_generation(fixture->read, 1);
    read_fixture_commit(store, 1, "INSERT INTO things (id) VALUES ('a')");
    read_fixture_serve(fixture->read, 1);
    send_waiters(fixture, "/read/things/a", 2, fd);
    query_fixture_get(fixture, "/livez", NULL);
    const struct metric_series *open = metric_series(METRIC_HTTP_CONNECTIONS, "");
    wait_until(10, metric_value(open) == WAITERS + 1); /* with this client's */
    for (int i = 0; i < WAITERS; i += 2)
        close(fd[i]);
    wait_until(10, metric_value(open) == WAITERS / 2 + 1);
    read_fixture_commit(store, 2, "UPDATE things SET number = 7 WHERE id = 'a'");
    for (int i = 1; i < WAITERS; i += 2) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 20, &out));
        assert_text_contains(out.at, "\"number\":7");
        close(fd[i]);
    }
    query_fixture_get(fixture, "/read/things/a", "Annal-Min-Position: 2");
    assert_int_equal(fixture->reply.status, 200);
    model_store_close(store);
}

/* The snapshot the threads have is up to 3 ms old; a position that is there is seen all the same.
 */
static void a_read_does_not_wait_for_a_reached_position(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = read_fixture_generation(fixture->read, 1);
    read_fixture_commit(store, 1, "INSERT INTO things (id, number) VALUES ('a', 1)");
    read_fixture_serve(fixture->read, 1);
    for (int position = 2; position < 60; position++) {
        static const char *const paths[] = {"/read/things/a", "/read/things?id=a"};
        AUTO(text) struct text sql = {0}, wanted = {0}, number = {0};
        text_printf(&sql, "UPDATE things SET number = %d WHERE id = 'a'", position);
        text_printf(&wanted, "Annal-Min-Position: %d", position);
        text_printf(&number, "\"number\":%d,", position);
        query_fixture_get(fixture, paths[position % 2], NULL);
        read_fixture_commit(store, position, sql.at);
        http_client_call(fixture->client,
                         &(struct http_call){.path = paths[position % 2],
                                             .headers = {wanted.at, "Prefer: wait=0"}},
                         &fixture->reply);
        assert_int_equal(fixture->reply.status, 200);
        assert_text_contains(fixture->reply.body.at, number.at);
    }
    model_store_close(store);
}

static void an_endpoint_that_closes_answers_those_that_wait(void **state)
{
    struct query_fixture *fixture = *state;
    int fd[WAITERS];
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    send_waiters(fixture, "/read/things/a", 2, fd);
    query_fixture_get(fixture, "/livez", NULL);
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

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, query_fixture_setup, query_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_is_given_with_etag_and_position),
        TEST(a_model_at_position_0_says_so),
        TEST(a_link_that_is_too_long_is_left_out),
        TEST(a_missing_row_is_404_with_the_position),
        TEST(invalid_reads_get_an_exact_answer),
        TEST(a_model_without_a_file_is_not_ready),
        TEST(no_answer_names_a_file_of_the_server),
        TEST(a_list_links_to_its_next_page),
        TEST(a_list_counts_matching_rows_on_request),
        TEST(a_named_query_is_answered),
        TEST(tables_and_queries_are_listed),
        TEST(a_position_that_is_not_reached_in_time_is_503),
        TEST(a_key_that_fits_no_row_waits_for_no_position),
        TEST(many_wait_for_a_row_that_comes),
        TEST(lists_wait_too_and_keep_their_parameters),
        TEST(those_who_go_away_while_waiting_do_not_disturb_the_others),
        TEST(a_read_does_not_wait_for_a_reached_position),
        TEST(an_endpoint_that_closes_answers_those_that_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
