/* Rows and queries as server-sent events. */
#include "api/live.h"
#include "telemetry/metrics.h"
#include "tests/api/query_fixture.h"

#include <sys/socket.h>
#include <unistd.h>

#define STREAM "Accept: text/event-stream\r\n"

static struct model_store *build(struct query_fixture *fixture, const char *sql)
{
    struct model_store *store = read_fixture_generation(fixture->read, 1);
    read_fixture_commit(store, 1, sql);
    read_fixture_serve(fixture->read, 1);
    return store;
}

static size_t count(const struct text *text, const char *what)
{
    size_t found = 0;
    for (const char *at = text->at; at && (at = strstr(at, what)); at++)
        found++;
    return found;
}

static int64_t listeners(void)
{
    return metric_value(metric_series(METRIC_LIVE_LISTENERS, ""));
}

static void a_row_is_sent_and_sent_again_when_it_changes(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store =
        build(fixture, "INSERT INTO things (id, number, name) VALUES ('a', 1, 'two' || char(10))");
    AUTO(text) struct text out = {0};
    int fd = query_fixture_send(fixture, "/read/things/a", STREAM);
    assert_true(raw_client_read_until(fd, "\n\n", 10, &out));
    assert_text_contains(out.at, "HTTP/1.1 200 OK");
    assert_text_contains(out.at, "Content-Type: text/event-stream");
    assert_text_contains(out.at, "Cache-Control: no-store");
    assert_true(raw_client_read_until(fd, "}\n\n", 10, &out));
    assert_text_contains(out.at, "id: 1\ndata: {\"id\":\"a\",\"number\":1,\"amount\":null,"
                                 "\"name\":\"two\\n\",\"bytes\":null}\n\n");
    read_fixture_commit(store, 2, "INSERT INTO things (id) VALUES ('b')"); /* not this row */
    read_fixture_commit(store, 3, "UPDATE things SET number = 5 WHERE id = 'a'");
    assert_true(raw_client_read_until(fd, "\"number\":5", 10, &out));
    assert_text_contains(out.at, "id: 3\ndata: {");
    assert_int_equal(count(&out, "data: "), 2);
    close(fd);
    model_store_close(store);
}

static void each_listener_gets_the_position_in_the_head(void **state)
{
    static const char *const targets[] = {"/read/things/a", "/read/things?number[null]=true",
                                          "/query/things_above?least=3&name=x"};
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id) VALUES ('a')");
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        AUTO(text) struct text first = {0}, second = {0};
        int one = query_fixture_send(fixture, targets[i], STREAM);
        assert_true(raw_client_read_until(one, "data: ", 10, &first));
        int other = query_fixture_send(fixture, targets[i], STREAM);
        assert_true(raw_client_read_until(other, "data: ", 10, &second));
        assert_text_contains(first.at, "\r\nAnnal-Position: 1\r\n");
        assert_text_contains(second.at, "\r\nAnnal-Position: 1\r\n");
        close(one);
        close(other);
    }
    model_store_close(store);
}

static void a_row_that_comes_and_goes_is_null_before_and_after(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id) VALUES ('a')");
    AUTO(text) struct text out = {0};
    int fd = query_fixture_send(fixture, "/read/pairs/1/x", STREAM);
    assert_true(raw_client_read_until(fd, "id: 1\ndata: null\n\n", 10, &out));
    read_fixture_commit(store, 2, "INSERT INTO pairs VALUES (1, 'x', 8)");
    assert_true(
        raw_client_read_until(fd, "id: 2\ndata: {\"a\":1,\"b\":\"x\",\"sum\":8}\n\n", 10, &out));
    read_fixture_commit(store, 3, "DELETE FROM pairs");
    assert_true(raw_client_read_until(fd, "id: 3\ndata: null\n\n", 10, &out));
    close(fd);
    model_store_close(store);
}

static void a_query_is_sent_again_when_its_answer_changes(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id, number) VALUES ('a', 4)");
    AUTO(text) struct text out = {0};
    int fd = query_fixture_send(fixture, "/query/things_above?least=3&name=x+y", STREAM);
    assert_true(raw_client_read_until(
        fd, "id: 1\ndata: {\"rows\":[{\"id\":\"a\",\"said\":\"x y\"}]}\n\n", 10, &out));
    read_fixture_commit(store, 2, "UPDATE things SET number = 5"); /* the same answer */
    read_fixture_commit(store, 3, "INSERT INTO things (id, number) VALUES ('b', 6)");
    assert_true(raw_client_read_until(fd, "{\"id\":\"b\",\"said\":\"x y\"}]}\n\n", 10, &out));
    assert_int_equal(count(&out, "data: "), 2);
    close(fd);
    model_store_close(store);
}

static void a_list_is_sent_again_when_its_page_changes(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store =
        build(fixture, "INSERT INTO things (id, number) VALUES ('a', 4), ('b', 6), ('c', 1)");
    const char *target = "/read/things?number[gte]=2&sort=-number&limit=1&fields=id&count=true";
    AUTO(text) struct text out = {0}, page = {0};
    query_fixture_get(fixture, target, NULL);
    text_printf(&page, "id: 1\ndata: %s\n\n", fixture->reply.body.at);
    int fd = query_fixture_send(fixture, target, STREAM);
    assert_true(raw_client_read_until(fd, "}\n\n", 10, &out));
    assert_text_contains(out.at, page.at); /* with its next_cursor */
    assert_text_contains(out.at, "data: {\"rows\":[{\"id\":\"b\"}],");
    assert_text_contains(out.at, "\"count\":2}");
    read_fixture_commit(store, 2, "UPDATE things SET number = 0 WHERE id = 'c'"); /* no such row */
    read_fixture_commit(store, 3, "INSERT INTO things (id, number) VALUES ('d', 7)");
    assert_true(raw_client_read_until(fd, "\"count\":3}\n\n", 10, &out));
    assert_text_contains(out.at, "id: 3\ndata: {\"rows\":[{\"id\":\"d\"}],");
    assert_int_equal(count(&out, "data: "), 2);
    close(fd);
    model_store_close(store);
}

static void a_list_begins_at_the_position_that_is_wanted(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id) VALUES ('a')");
    AUTO(text) struct text out = {0};
    int fd =
        query_fixture_send(fixture, "/read/things?fields=id", STREAM "Annal-Min-Position: 2\r\n");
    query_fixture_get(fixture, "/livez", NULL);
    read_fixture_commit(store, 2, "INSERT INTO things (id) VALUES ('b')");
    assert_true(raw_client_read_until(fd, "}\n\n", 10, &out));
    assert_text_contains(out.at, "Annal-Position: 2\r\n");
    assert_text_contains(out.at, "id: 2\ndata: {\"rows\":[{\"id\":\"a\"},{\"id\":\"b\"}]}\n\n");
    close(fd);
    model_store_close(store);
}

static void a_request_that_is_not_valid_gets_a_problem_before_the_stream(void **state)
{
    struct query_fixture *fixture = *state;
    const char *accept = "Accept: text/event-stream";
    query_fixture_get(fixture, "/read/things/a", accept);
    http_reply_check_problem(&fixture->reply, 503, "not-ready");
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    query_fixture_get(fixture, "/read/thnigs/a", accept);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    query_fixture_get(fixture, "/read/pairs/1", accept);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    query_fixture_get(fixture, "/read/things/a?x=1", accept);
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
    query_fixture_get(fixture, "/query/things_above", accept);
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
    query_fixture_get(fixture, "/query/things_abvoe?least=1", accept);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    query_fixture_get(fixture, "/read/thnigs", accept);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    query_fixture_get(fixture, "/read/things?nubmer=1", accept);
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
    query_fixture_get(fixture, "/read/things?cursor=AQ", accept);
    http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
    assert_text_contains(fixture->reply.body.at, "cursor: a live list is always the first page");
    http_client_call(
        fixture->client,
        &(struct http_call){.method = "HEAD", .path = "/read/things/a", .headers = {accept}},
        &fixture->reply);
    assert_int_equal(fixture->reply.status, 200);
    query_fixture_check_header(fixture, "Content-Type", "text/event-stream");
    assert_null(http_reply_header(&fixture->reply, "Content-Length"));
    assert_int_equal(listeners(), 0);
}

static void a_stream_begins_at_the_position_that_is_wanted(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id, number) VALUES ('a', 1)");
    AUTO(text) struct text out = {0}, other = {0};
    int first = query_fixture_send(fixture, "/read/things/a", STREAM);
    assert_true(raw_client_read_until(first, "\"number\":1,", 10, &other));
    int fd = query_fixture_send(fixture, "/read/things/a", STREAM "Annal-Min-Position: 2\r\n");
    query_fixture_get(fixture, "/livez", NULL);
    read_fixture_commit(store, 2, "UPDATE things SET number = 2");
    assert_true(raw_client_read_until(fd, "}\n\n", 10, &out));
    assert_text_contains(out.at, "id: 2\ndata: {\"id\":\"a\",\"number\":2,");
    close(fd);
    close(first);
    model_store_close(store);
}

/* However many events come, and however they come. */
static void changes_are_sent_at_most_ten_times_a_second(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id, number) VALUES ('a', 1)");
    AUTO(text) struct text out = {0};
    int fd = query_fixture_send(fixture, "/read/things/a", STREAM);
    assert_true(raw_client_read_until(fd, "\"number\":1,", 10, &out));
    int64_t begin_ms = test_now_ms(), position = 1;
    while (test_now_ms() - begin_ms < 600)
        read_fixture_commit(store, ++position, "UPDATE things SET number = number + 1");
    read_fixture_commit(store, ++position, "UPDATE things SET number = -1");
    assert_true(raw_client_read_until(fd, "\"number\":-1,", 10, &out));
    int64_t periods = (test_now_ms() - begin_ms) / LIVE_PERIOD_MS;
    assert_in_range(count(&out, "data: "), 2, (size_t)periods + 3);
    close(fd);
    model_store_close(store);
}

#define LISTENERS 1000

static void a_thousand_listen_to_one_evaluation(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id, number) VALUES ('a', 1)");
    const struct metric_series *reads = metric_series(METRIC_QUERIES, "named");
    int fd[LISTENERS];
    for (int i = 0; i < LISTENERS; i++) {
        AUTO(text) struct text out = {0};
        fd[i] = query_fixture_send(fixture, "/query/things_above?least=0", STREAM);
        if (i == 0)
            assert_true(raw_client_read_until(fd[i], "]}\n\n", 10, &out));
    }
    wait_until(20, listeners() == LISTENERS);
    int64_t reads_before = metric_value(reads);
    assert_true(reads_before < 20);
    read_fixture_commit(store, 2, "INSERT INTO things (id, number) VALUES ('b', 1)");
    for (int i = 0; i < LISTENERS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_until(fd[i], "id: 2\ndata: {", 20, &out));
    }
    assert_true(metric_value(reads) - reads_before < 5);
    for (int i = 0; i < LISTENERS; i++)
        close(fd[i]);
    wait_until(20, listeners() == 0);
    model_store_close(store);
}

/* Listens and waits for the first answer. */
static int listen_to(const struct query_fixture *fixture, const char *path)
{
    AUTO(text) struct text out = {0};
    int fd = query_fixture_send(fixture, path, STREAM);
    assert_true(raw_client_read_until(fd, "}\n\n", 10, &out));
    return fd;
}

static void one_question_may_be_written_in_many_ways(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id, number) VALUES ('a', 4)");
    const struct metric_series *queries = metric_series(METRIC_QUERIES, "named");
    const struct metric_series *rows = metric_series(METRIC_QUERIES, "row");
    const struct metric_series *lists = metric_series(METRIC_QUERIES, "list");
    int fd[] = {
        listen_to(fixture, "/query/things_above?least=0&name=a+b&most=5"),
        listen_to(fixture, "/query/things_above?most=5&name=a%20b&least=0"),
        listen_to(fixture, "/query/things%5fabove?&name=%61%20b&&least=0&most=5"),
        listen_to(fixture, "/read/things/a"),
        listen_to(fixture, "/read/things/%61"),
        listen_to(fixture, "/read/things/%61?"),
        listen_to(fixture, "/read/things?number[gte]=0&limit=7&sort=number&sort=id"),
        listen_to(fixture, "/read/thing%73?sort=number&limit=7&sort=id&number%5Bgte%5D=0"),
    };
    int64_t queries_before = metric_value(queries), rows_before = metric_value(rows),
            lists_before = metric_value(lists);
    read_fixture_commit(store, 2, "INSERT INTO things (id, number) VALUES ('b', 1)");
    for (size_t i = 0; i < sizeof fd / sizeof *fd; i++) {
        AUTO(text) struct text out = {0};
        if (i < 3 || i > 5)
            assert_true(raw_client_read_until(fd[i], "\"id\":\"b\"", 10, &out));
    }
    wait_until(10, metric_value(rows) > rows_before);
    assert_int_equal(metric_value(lists) - lists_before, 1);
    assert_int_equal(metric_value(queries) - queries_before, 1);
    assert_int_equal(metric_value(rows) - rows_before, 1);
    for (size_t i = 0; i < sizeof fd / sizeof *fd; i++)
        close(fd[i]);
    model_store_close(store);
}

/* As when a proxy is started anew: nothing is sent meanwhile, and a browser that is refused does
 * not ask again. */
static void a_thousand_that_come_back_find_places(void **state)
{
    struct query_fixture *fixture = *state;
    /* Those of before may still be open when they come. */
    query_fixture_reopen(fixture, &(struct http_limits){.connections_per_address = 3 * LISTENERS},
                         0);
    struct model_store *store = build(fixture, "INSERT INTO things (id) VALUES ('a')");
    int fd[LISTENERS];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < LISTENERS; i++)
            fd[i] = query_fixture_send(fixture, i % 2 ? "/read/things/a" : "/query/things_total",
                                       STREAM);
        for (int i = 0; i < LISTENERS; i++) {
            AUTO(text) struct text out = {0};
            assert_true(raw_client_read_until(fd[i], "data: {", 20, &out));
            assert_text_contains(out.at, "HTTP/1.1 200 OK");
        }
        for (int i = 0; i < LISTENERS; i++)
            close(fd[i]);
    }
    model_store_close(store);
}

static void no_more_listen_than_may(void **state)
{
    struct query_fixture *fixture = *state;
    const char *accept = "Accept: text/event-stream";
    fixture->live_listeners = 2;
    query_fixture_reopen(fixture, &(struct http_limits){0}, 0);
    struct model_store *store = build(fixture, "INSERT INTO things (id) VALUES ('a')");
    int first = listen_to(fixture, "/read/things/a");
    int second = listen_to(fixture, "/query/things_total");
    query_fixture_get(fixture, "/query/things_total", accept); /* one that is known */
    http_reply_check_problem(&fixture->reply, 503, "queue-full");
    query_fixture_check_header(fixture, "Retry-After", "1");
    assert_text_contains(fixture->reply.body.at, "--live-listeners");
    query_fixture_get(fixture, "/query/things_above?least=1", accept);
    http_reply_check_problem(&fixture->reply, 503, "queue-full");
    query_fixture_get(fixture, "/read/things/b", accept);
    http_reply_check_problem(&fixture->reply, 503, "queue-full");
    query_fixture_get(fixture, "/read/things/a", NULL); /* this is as ever */
    assert_int_equal(fixture->reply.status, 200);
    close(first);
    close(listen_to(fixture, "/read/things/a"));
    close(second);
    model_store_close(store);
}

/* A new generation's definition no longer has it. The client that reconnects gets 404. */
static void a_stream_ends_when_its_table_or_query_is_removed(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id) VALUES ('a')");
    AUTO(text) struct text query_out = {0}, row_out = {0};
    static const char other[] = "-- schema\n"
                                "CREATE TABLE things (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;\n"
                                "CREATE TABLE others (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;\n"
                                "-- on loan.opened.v1\n"
                                "INSERT INTO things (id) VALUES (:id);\n"
                                "-- query others_total\n"
                                "SELECT count(*) AS n FROM others;\n";
    AUTO(model_store)
    struct model_store *next = read_fixture_generation_of(fixture->read, other, 2);
    read_fixture_commit(next, 2, "INSERT INTO things VALUES ('b')");
    read_fixture_serve(fixture->read, 2);
    int row = query_fixture_send(fixture, "/read/others/a", STREAM);
    assert_true(raw_client_read_until(row, "data: null\n\n", 10, &row_out));
    int query = query_fixture_send(fixture, "/query/others_total", STREAM);
    assert_true(raw_client_read_until(query, "}\n\n", 10, &query_out));
    AUTO(model_store) struct model_store *last = read_fixture_generation(fixture->read, 3);
    read_fixture_commit(last, 3, "INSERT INTO things (id) VALUES ('c')");
    read_fixture_serve(fixture->read, 3);
    assert_true(raw_client_read_until(query, "\r\n0\r\n\r\n", 20, &query_out)); /* the last chunk */
    assert_true(raw_client_read_until(row, "\r\n0\r\n\r\n", 20, &row_out));
    query_fixture_get(fixture, "/query/others_total", "Accept: text/event-stream");
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    close(query);
    close(row);
    model_store_close(store);
}

/* Adds what comes until it ends so. */
static void read_until_end_is(int fd, const char *end, struct text *out)
{
    size_t length = strlen(end);
    for (;;) {
        ssize_t got = recv(fd, text_reserve(out, 65536), 65536, 0);
        assert_true(got > 0);
        out->length += (size_t)got;
        out->at[out->length] = '\0';
        if (out->length >= length && strcmp(out->at + out->length - length, end) == 0)
            return;
    }
}

static size_t count_byte(const struct text *text, char byte)
{
    size_t found = 0;
    for (size_t i = 0; i < text->length; i++)
        found += text->at[i] == byte;
    return found;
}

#define MIB ((size_t)1024 * 1024)
static const struct http_limits large_answers = {.live_answer_bytes = 4 * MIB};

/* It is larger than a piece, and than what the kernel takes at once. */
static void a_large_answer_comes_whole(void **state)
{
    struct query_fixture *fixture = *state;
    query_fixture_reopen(fixture, &large_answers, 0);
    struct model_store *store =
        build(fixture, "INSERT INTO things (id, name) "
                       "VALUES ('a', replace(hex(zeroblob(500000)), '00', 'xyz'))");
    AUTO(text) struct text first = {0}, second = {0};
    int fd = query_fixture_send(fixture, "/read/things/a", STREAM);
    read_until_end_is(fd, "\"bytes\":null}\n\n\r\n", &first);
    read_fixture_commit(store, 2, "UPDATE things SET number = 7");
    read_until_end_is(fd, "\"bytes\":null}\n\n\r\n", &second);
    assert_text_contains(second.at, "id: 2\ndata: {\"id\":\"a\",\"number\":7,");
    assert_int_equal(count_byte(&second, 'z'), 500000);
    assert_in_range(second.length, 1500000, 1505000);
    close(fd);
    model_store_close(store);
}

/* Nothing of what it has not taken piles up: when it reads at last, the newest follows soon. */
static void a_slow_listener_skips_intermediate_states(void **state)
{
    struct query_fixture *fixture = *state;
    query_fixture_reopen(fixture, &large_answers, 0);
    struct model_store *store = build(
        fixture, "INSERT INTO things (id, number, name) VALUES ('a', 1, hex(zeroblob(400000)))");
    AUTO(text) struct text out = {0};
    int fd = query_fixture_send(fixture, "/read/things/a", STREAM);
    wait_until(10, listeners() == 1);
    const struct metric_series *reads = metric_series(METRIC_QUERIES, "row");
    for (int position = 2; position < 12; position++) {
        int64_t reads_before = metric_value(reads);
        read_fixture_commit(store, position, "UPDATE things SET number = number + 1");
        wait_until(60, metric_value(reads) > reads_before);
    }
    read_fixture_commit(store, 12, "UPDATE things SET bytes = x'01'");
    read_until_end_is(fd, "\"bytes\":\"AQ==\"}\n\n\r\n", &out);
    assert_in_range(count(&out, "data: "), 2, 8);
    close(fd);
    model_store_close(store);
}

static void a_listener_who_takes_nothing_is_cut_off(void **state)
{
    struct query_fixture *fixture = *state;
    query_fixture_reopen(fixture,
                         &(struct http_limits){.idle_seconds = 1,
                                               .live_answer_bytes = 32 * MIB,
                                               .answers_in_flight_bytes = 64 * MIB},
                         0);
    struct model_store *store =
        build(fixture, "INSERT INTO things (id, number, name) VALUES ('a', 1, "
                       "hex(zeroblob(9000000)))");
    int fd = query_fixture_send(fixture, "/read/things/a", STREAM);
    wait_until(10, listeners() == 1);
    wait_until(30, listeners() == 0);
    close(fd);
    model_store_close(store);
}

#define LARGE_ROW "INSERT INTO things (id, number, name) VALUES ('large', 1, hex(zeroblob(200000)))"

static void an_answer_beyond_the_limit_is_rejected_and_ends_the_stream_it_grows_in(void **state)
{
    struct query_fixture *fixture = *state;
    struct model_store *store = build(fixture, "INSERT INTO things (id, number) VALUES ('a', 1)");
    AUTO(text) struct text out = {0};
    int fd = query_fixture_send(fixture, "/query/things_above?least=0", STREAM);
    assert_true(raw_client_read_until(fd, "]}\n\n", 10, &out));
    read_fixture_commit(store, 2, LARGE_ROW);
    query_fixture_get(fixture, "/read/things/large", "Accept: text/event-stream");
    http_reply_check_problem(&fixture->reply, 400, "result-too-large");
    assert_text_contains(fixture->reply.body.at, "may have at most 262144");
    query_fixture_get(fixture, "/read/things/large", NULL);
    assert_int_equal(fixture->reply.status, 200);
    close(fd);
    fd = query_fixture_send(fixture, "/read/things/a", STREAM "Connection: close\r\n");
    text_clear(&out);
    assert_true(raw_client_read_until(fd, "}\n\n", 10, &out));
    read_fixture_commit(store, 3, "UPDATE things SET name = hex(zeroblob(200000))");
    assert_true(raw_client_read_to_end(fd, 10, &out));
    close(fd);
    model_store_close(store);
    AUTO(text) struct text path = {0};
    text_add(&path, "/read/things/");
    while (path.length < 9000)
        text_add_char(&path, 'x');
    query_fixture_get(fixture, path.at, "Accept: text/event-stream");
    http_reply_check_problem(&fixture->reply, 414, "uri-too-long");
}

/* Each has 700 KB, and 32 of as many may be on their way. The kernel takes a part of each. */
static void listeners_that_take_nothing_give_their_room_to_others(void **state)
{
    struct query_fixture *fixture = *state;
    query_fixture_reopen(fixture, &(struct http_limits){.live_answer_bytes = 700 * 1024}, 0);
    struct model_store *store = build(
        fixture, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
                 "INSERT INTO things (id, name) SELECT 'row' || i, hex(zeroblob(350000)) FROM n");
    AUTO(text) struct text out = {0};
    int idle[40];
    char path[40];
    const struct metric_series *reads = metric_series(METRIC_QUERIES, "row");
    int64_t reads_before = metric_value(reads);
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "/read/things/row%d", i);
        idle[i] = query_fixture_send(fixture, path, STREAM);
    }
    wait_until(100, metric_value(reads) >= reads_before + 40);
    int fd = query_fixture_send(fixture, "/read/things/row40", STREAM);
    read_until_end_is(fd, "\"bytes\":null}\n\n\r\n", &out);
    wait_until(20, listeners() < 41); /* some were closed for it */
    for (int i = 0; i < 40; i++)
        close(idle[i]);
    close(fd);
    model_store_close(store);
}

static void a_closing_endpoint_ends_its_streams(void **state)
{
    struct query_fixture *fixture = *state;
    int fd[50];
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    for (int i = 0; i < 50; i++)
        fd[i] =
            query_fixture_send(fixture, i % 2 ? "/read/things/a" : "/query/things_total", STREAM);
    wait_until(10, listeners() == 50);
    query_endpoint_close(fixture->endpoint);
    fixture->endpoint = NULL;
    assert_int_equal(listeners(), 0);
    for (int i = 0; i < 50; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 10, &out));
        close(fd[i]);
    }
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, query_fixture_setup, query_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_is_sent_and_sent_again_when_it_changes),
        TEST(each_listener_gets_the_position_in_the_head),
        TEST(a_row_that_comes_and_goes_is_null_before_and_after),
        TEST(a_query_is_sent_again_when_its_answer_changes),
        TEST(a_list_is_sent_again_when_its_page_changes),
        TEST(a_list_begins_at_the_position_that_is_wanted),
        TEST(a_request_that_is_not_valid_gets_a_problem_before_the_stream),
        TEST(a_stream_begins_at_the_position_that_is_wanted),
        TEST(changes_are_sent_at_most_ten_times_a_second),
        TEST(a_thousand_listen_to_one_evaluation),
        TEST(one_question_may_be_written_in_many_ways),
        TEST(a_thousand_that_come_back_find_places),
        TEST(no_more_listen_than_may),
        TEST(a_large_answer_comes_whole),
        TEST(a_stream_ends_when_its_table_or_query_is_removed),
        TEST(a_slow_listener_skips_intermediate_states),
        TEST(a_listener_who_takes_nothing_is_cut_off),
        TEST(an_answer_beyond_the_limit_is_rejected_and_ends_the_stream_it_grows_in),
        TEST(listeners_that_take_nothing_give_their_room_to_others),
        TEST(a_closing_endpoint_ends_its_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
