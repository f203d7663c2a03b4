/* Reading through the log takes no turn from commands and from reads of one stream. */
#include "base/json.h"
#include "tests/api/command_fixture.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { BATCHES = 60, BATCH_EVENTS = 100, SCANS = 60 };

static void fill(struct command_fixture *fixture)
{
    for (int i = 0; i < BATCHES; i++) {
        AUTO(text) struct text body = {0};
        for (int j = 0; j < BATCH_EVENTS; j++)
            text_printf(&body,
                        "%c{\"specversion\":\"1.0\",\"id\":\"%d-%d\",\"source\":\"/t\","
                        "\"type\":\"note.added.v1\",\"data\":{\"text\":\"x\"}}",
                        j ? ',' : '[', i, j);
        text_add_char(&body, ']');
        command_fixture_call(
            fixture,
            &(struct http_call){.method = "POST",
                                .path = "/streams/note/N-1",
                                .headers = {"Content-Type: application/cloudevents-batch+json"},
                                .body = body.at});
        assert_true(fixture->reply.status == 200 || fixture->reply.status == 201);
    }
}

/* Looks through the whole log, for what is not there. */
static int begin_scan(const struct command_fixture *fixture)
{
    static const char request[] = "GET /events?type=*no*such*type* HTTP/1.1\r\nHost: localhost\r\n"
                                  "Connection: close\r\n\r\n";
    int fd = raw_client_connect(fixture->address);
    raw_client_send(fd, request, strlen(request));
    return fd;
}

static int count_answered(const int *fd)
{
    struct pollfd wait[SCANS];
    for (int i = 0; i < SCANS; i++)
        wait[i] = (struct pollfd){.fd = fd[i], .events = POLLIN};
    return poll(wait, SCANS, 0);
}

static void what_is_short_is_answered_before_what_is_long(void **state)
{
    struct command_fixture *fixture = *state;
    int fd[SCANS];
    fill(fixture);
    for (int i = 0; i < SCANS; i++)
        fd[i] = begin_scan(fixture);
    for (int i = 0; i < 10; i++) {
        char path[60];
        command_fixture_get(fixture, "/streams/note/N-1?limit=1");
        assert_int_equal(fixture->reply.status, 200);
        snprintf(path, sizeof path, "/commands/order/ORD-%d/create", i);
        command_fixture_post(fixture, path, ORDER_BODY);
        assert_int_equal(fixture->reply.status, 201);
    }
    int answered = count_answered(fd);
    if (answered > SCANS / 2)
        fail_msg("%d of %d scans were answered first", answered, SCANS);
    for (int i = 0; i < SCANS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 60, &out));
        assert_text_contains(out.at, "HTTP/1.1 200");
        close(fd[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_short_is_answered_before_what_is_long,
                                        command_fixture_setup, command_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
