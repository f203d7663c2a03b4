/* What takes long is kept away from what does not, and from itself when it is too much. */
#include "api/read_workers.h"
#include "tests/api/query_fixture.h"

#include <unistd.h>

#define SLOW "/query/things_cubed"

static void reads_of_a_row_do_not_wait_for_slow_queries(void **state)
{
    static const struct http_limits usual = {0};
    struct query_fixture *fixture = *state;
    int fd[8];
    query_fixture_reopen(fixture, &usual, 3000);
    read_fixture_build(fixture->read, QUERY_FIXTURE_ROWS(1000));
    for (int i = 0; i < 8; i++)
        fd[i] = query_fixture_send(fixture, SLOW, "Connection: close\r\n");
    int64_t begin_ms = test_now_ms();
    for (int i = 0; i < 20; i++) {
        query_fixture_get(fixture, "/read/things/00001", NULL);
        assert_int_equal(fixture->reply.status, 200);
    }
    assert_true(test_now_ms() - begin_ms < 2500); /* before the first of them is stopped */
    for (int i = 0; i < 8; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 30, &out));
        assert_text_contains(out.at, "HTTP/1.1 503");
        assert_text_contains(out.at, "/problems/query-timeout");
        assert_text_contains(out.at, "Retry-After: 5\r\n");
        assert_text_contains(out.at, "query things_cubed took longer than 3000 ms");
        close(fd[i]);
    }
}

static void reads_beyond_the_queue_limit_are_rejected(void **state)
{
    static const struct http_limits many = {.connections_per_address = 2 * READ_WORKERS_WAITING};
    struct query_fixture *fixture = *state;
    enum { SENT = READ_WORKERS_WAITING + 200 };
    int fd[SENT], refused = 0;
    query_fixture_reopen(fixture, &many, 200);
    read_fixture_build(fixture->read, QUERY_FIXTURE_ROWS(1000));
    for (int i = 0; i < SENT; i++)
        fd[i] = query_fixture_send(fixture, SLOW, "Connection: close\r\n");
    query_fixture_get(fixture, "/read/things/00001", NULL);
    assert_int_equal(fixture->reply.status, 200);
    /* Each gets 503: the queue is full, or its read takes too long. */
    for (int i = 0; i < SENT; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 30, &out));
        assert_text_contains(out.at, "HTTP/1.1 503");
        refused += strstr(out.at, "/problems/queue-full") != NULL;
        close(fd[i]);
    }
    assert_true(refused > 100);
    query_fixture_get(fixture, "/read/things?limit=1", NULL);
    assert_int_equal(fixture->reply.status, 200);
}

static void a_closing_endpoint_answers_requests_that_wait_for_a_worker(void **state)
{
    static const struct http_limits usual = {0};
    struct query_fixture *fixture = *state;
    int fd[20];
    query_fixture_reopen(fixture, &usual, 100);
    read_fixture_build(fixture->read, QUERY_FIXTURE_ROWS(1000));
    for (int i = 0; i < 20; i++)
        fd[i] = query_fixture_send(fixture, SLOW, "Connection: close\r\n");
    for (int i = 0; i < 20; i += 3)
        close(fd[i]);
    query_fixture_get(fixture, "/livez", NULL);
    query_endpoint_close(fixture->endpoint);
    fixture->endpoint = NULL;
    for (int i = 0; i < 20; i++) {
        AUTO(text) struct text out = {0};
        if (i % 3 == 0)
            continue;
        assert_true(raw_client_read_to_end(fd[i], 10, &out));
        if (out.length) /* else it had not been accepted yet */
            assert_text_contains(out.at, "HTTP/1.1 503");
        close(fd[i]);
    }
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, query_fixture_setup, query_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_of_a_row_do_not_wait_for_slow_queries),
        TEST(reads_beyond_the_queue_limit_are_rejected),
        TEST(a_closing_endpoint_answers_requests_that_wait_for_a_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
