/* SIGTERM with a thousand waiting connections: each is answered or closed, and the exit status is 0. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define WAITING 1000

static void raise_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void stop_with_waiting(struct annal_process *process, const char *request)
{
    int fds[WAITING];
    for (int i = 0; i < WAITING; i++) {
        fds[i] = raw_client_connect(annal_address(process, NULL));
        raw_client_send(fds[i], request, strlen(request));
    }
    /* Once this request is answered, the server has read the others. */
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(annal_address(process, NULL), "/livez", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(annal_stop(process, 30), 0);
    int answered = 0;
    for (int i = 0; i < WAITING; i++) {
        AUTO(text) struct text answer = {0};
        assert_true(raw_client_read_to_end(fds[i], 10, &answer));
        answered += answer.at && strstr(answer.at, "HTTP/1.1 ") != NULL;
        close(fds[i]);
    }
    assert_true(answered > WAITING / 2);
}

static void a_thousand_long_polls_do_not_delay_the_stop_of_the_command_endpoint(void **state)
{
    (void)state;
    const char *data = test_directory_make();
    struct annal_process commands;
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    stop_with_waiting(&commands,
                      "GET /events?after=0 HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\n\r\n");
    test_directory_remove(data);
}

static void a_thousand_listeners_do_not_delay_the_stop_of_the_command_endpoint(void **state)
{
    (void)state;
    const char *data = test_directory_make();
    struct annal_process commands;
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    stop_with_waiting(
        &commands, "GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    test_directory_remove(data);
}

static void a_thousand_waiting_reads_do_not_delay_the_stop_of_the_query_endpoint(void **state)
{
    (void)state;
    const char *data = test_directory_make();
    struct annal_process commands, projector, queries;
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    annal_start(&projector, data, (const char *[]){"projector", "loans", NULL});
    annal_start(&queries, data,
                (const char *[]){"queries", "--queries-listen", "127.0.0.1:0", NULL});
    AUTO(http_reply) struct http_reply reply = {0};
    wait_until(
        30, (http_get(annal_address(&queries, NULL), "/read/loans", &reply), reply.status == 200));
    stop_with_waiting(&queries, "GET /read/loans/L-1 HTTP/1.1\r\nHost: localhost\r\n"
                                "Annal-Min-Position: 1000000\r\nPrefer: wait=30\r\n\r\n");
    assert_int_equal(annal_stop(&projector, 30), 0);
    assert_int_equal(annal_stop(&commands, 30), 0);
    test_directory_remove(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_long_polls_do_not_delay_the_stop_of_the_command_endpoint),
        cmocka_unit_test(a_thousand_listeners_do_not_delay_the_stop_of_the_command_endpoint),
        cmocka_unit_test(a_thousand_waiting_reads_do_not_delay_the_stop_of_the_query_endpoint),
    };
    raise_limit();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
