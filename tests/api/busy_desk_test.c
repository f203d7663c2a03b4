/* What clients see while the desk is busy: a full queue is answered at once, and waiting requests
 * are answered when the endpoint closes. */
#include "base/json.h"
#include "tests/api/command_fixture.h"
#include "tests/domain/lending.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

#define QUEUE_BYTES ((size_t)32 * 1024 * 1024) /* the desk's default */

/* A command submitted past HTTP, whose answer holds the desk's thread until it is let go. */
struct held {
    struct command_request request;
    struct arena arena;
    sem_t answered, let_go;
};

static void hold(struct command_request *request, const struct command_answer *answer)
{
    struct held *held = request->context;
    (void)answer;
    sem_post(&held->answered);
    sem_wait(&held->let_go);
}

static void pass(struct command_request *request, const struct command_answer *answer)
{
    struct held *held = request->context;
    (void)answer;
    sem_post(&held->answered);
}

static void submit(struct command_fixture *fixture, struct held *held, const char *id, size_t bytes,
                   void (*done)(struct command_request *, const struct command_answer *))
{
    *held = (struct held){.request = {.aggregate = aggregate_find(lending.aggregates, "loan"),
                                      .expected_version = EXPECT_ANY,
                                      .idempotency_key = "",
                                      .correlation_id = "c",
                                      .causation_id = "c",
                                      .traceparent = "",
                                      .bytes = bytes,
                                      .done = done,
                                      .context = held,
                                      .arena = &held->arena}};
    command_request_set_stream(&held->request, "loan", id);
    held->request.kind = aggregate_command(held->request.aggregate, "open");
    sem_init(&held->answered, 0, 0);
    sem_init(&held->let_go, 0, 0);
    assert_ok(json_read(slice_of(LOAN_BODY), &held->request.data, &error));
    assert_ok(command_desk_submit(fixture->desk, &held->request, &error));
}

static void finish(struct held *held)
{
    json_decref(held->request.data);
    arena_finish(&held->arena);
    sem_destroy(&held->answered);
    sem_destroy(&held->let_go);
}

static int send_open(const struct command_fixture *fixture, const char *id)
{
    AUTO(text) struct text sent = {0};
    text_printf(&sent,
                "POST /commands/loan/%s/open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                id, strlen(LOAN_BODY), LOAN_BODY);
    int fd = raw_client_connect(fixture->address);
    raw_client_send(fd, sent.at, sent.length);
    return fd;
}

static void a_full_queue_is_answered_at_once(void **state)
{
    struct command_fixture *fixture = *state;
    struct held first, second;
    submit(fixture, &first, "HELD", 0, hold);
    sem_wait(&first.answered);
    submit(fixture, &second, "WAITS", QUEUE_BYTES, pass);
    command_fixture_post(fixture, "/commands/loan/L-1/open", LOAN_BODY);
    http_reply_check_problem(&fixture->reply, 503, "queue-full");
    command_fixture_check_header(fixture, "Retry-After", "1");
    command_fixture_post(
        fixture, "/commands",
        "{\"commands\":[{\"category\":\"loan\",\"command\":\"open\",\"data\":" LOAN_BODY "}]}");
    http_reply_check_problem(&fixture->reply, 503, "queue-full");
    sem_post(&first.let_go);
    sem_wait(&second.answered);
    command_fixture_post(fixture, "/commands/loan/L-1/open", LOAN_BODY);
    assert_int_equal(fixture->reply.status, 201);
    finish(&first);
    finish(&second);
}

static void *close_endpoint(void *endpoint)
{
    command_endpoint_close(endpoint);
    return NULL;
}

static void waiting_requests_are_answered_when_the_endpoint_closes(void **state)
{
    struct command_fixture *fixture = *state;
    struct held held;
    pthread_t closer;
    AUTO(text) struct text out = {0}, refused = {0};
    submit(fixture, &held, "HELD", 0, hold);
    sem_wait(&held.answered);
    int waits = send_open(fixture, "L-1"), gone = send_open(fixture, "L-2");
    wait_until(10, command_desk_waiting(fixture->desk) == 2);
    close(gone); /* its client does not wait for the answer */
    assert_int_equal(pthread_create(&closer, NULL, close_endpoint, fixture->endpoint), 0);
    fixture->endpoint = NULL;
    bool stopping = false;
    for (int i = 0; i < 1000 && !stopping; i++) { /* until newcomers are refused */
        int newcomer = raw_client_connect(fixture->address);
        const char *request = "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        raw_client_send(newcomer, request, strlen(request));
        text_clear(&refused);
        assert_true(raw_client_read_to_end(newcomer, 10, &refused));
        stopping = strstr(refused.at, "/problems/shutting-down");
        close(newcomer);
    }
    assert_true(stopping);
    sem_post(&held.let_go);
    assert_true(raw_client_read_to_end(waits, 10, &out));
    assert_text_contains(out.at, "HTTP/1.1 201 Created");
    pthread_join(closer, NULL);
    assert_int_equal(command_desk_head(fixture->desk), 6);
    close(waits);
    finish(&held);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_queue_is_answered_at_once),
        TEST(waiting_requests_are_answered_when_the_endpoint_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
