/* Reading the log, however long it takes, takes no turn from commands, nor from each other. */
#include "base/json.h"
#include "tests/api/command_fixture.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCHES = 100, BATCH_EVENTS = 100, READS = 60 };

static void append_batch(struct command_fixture *fixture, int number, int events, const char *text)
{
    AUTO(text) struct text body = {0};
    for (int i = 0; i < events; i++)
        text_printf(&body,
                    "%c{\"specversion\":\"1.0\",\"id\":\"%d-%d\",\"source\":\"/t\","
                    "\"type\":\"note.added.v1\",\"data\":{\"text\":\"%s\"}}",
                    i ? ',' : '[', number, i, text);
    text_add_char(&body, ']');
    command_fixture_call(
        fixture,
        &(struct http_call){.method = "POST",
                            .path = "/streams/note/N-1",
                            .headers = {"Content-Type: application/cloudevents-batch+json"},
                            .body = body.at});
    assert_true(fixture->reply.status == 200 || fixture->reply.status == 201);
}

static void append_notes(struct command_fixture *fixture)
{
    for (int i = 0; i < BATCHES; i++)
        append_batch(fixture, i, BATCH_EVENTS, "x");
}

/* Its 401 events have no snapshot before the last. */
static void open_large_loan(struct command_fixture *fixture)
{
    AUTO(text) struct text body = {0};
    text_add(&body, "{\"memberId\":\"M-1\",\"branch\":\"CPH\",\"books\":[");
    for (int i = 0; i < 400; i++)
        text_printf(&body, "%s{\"bookId\":\"B-%d\",\"copies\":2}", i ? "," : "", i);
    text_add(&body, "]}");
    command_fixture_post(fixture, "/commands/loan/LARGE/open", body.at);
    assert_int_equal(fixture->reply.status, 201);
}

static void open_loan(struct command_fixture *fixture)
{
    static int number;
    char path[60];
    snprintf(path, sizeof path, "/commands/loan/L-%d/open", ++number);
    command_fixture_post(fixture, path, LOAN_BODY);
    assert_int_equal(fixture->reply.status, 201);
}

static void begin_reads(const struct command_fixture *fixture, const char *target, int fd[READS])
{
    char request[200];
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", target);
    for (int i = 0; i < READS; i++) {
        fd[i] = raw_client_connect(fixture->address);
        raw_client_send(fd[i], request, strlen(request));
    }
}

static void check_most_wait(const int *fd, const char *target)
{
    struct pollfd wait[READS];
    for (int i = 0; i < READS; i++)
        wait[i] = (struct pollfd){.fd = fd[i], .events = POLLIN};
    int answered = poll(wait, READS, 0);
    if (answered > READS / 2)
        fail_msg("%d of %d reads of %s were answered first", answered, READS, target);
}

static void end_reads(const int *fd)
{
    for (int i = 0; i < READS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 60, &out));
        assert_text_contains(out.at, "HTTP/1.1 200");
        close(fd[i]);
    }
}

static void a_command_does_not_wait_for_reads_of_the_log(void **state)
{
    static const char *const targets[] = {"/events?type=*no*such*type*",
                                          "/streams/note/N-1?limit=1000",
                                          "/streams/loan/LARGE/state?version=400"};
    struct command_fixture *fixture = *state;
    int fd[READS];
    append_notes(fixture);
    open_large_loan(fixture);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        begin_reads(fixture, targets[i], fd);
        open_loan(fixture);
        check_most_wait(fd, targets[i]);
        end_reads(fd);
    }
}

/* Those that look through the whole log do so piece by piece, in turn with the others. */
static void a_short_read_does_not_wait_for_long_ones(void **state)
{
    static const char long_one[] = "/events?type=*no*such*type*";
    struct command_fixture *fixture = *state;
    int fd[READS];
    append_notes(fixture);
    begin_reads(fixture, long_one, fd);
    for (int i = 0; i < 5; i++) {
        command_fixture_get(fixture, "/streams/note/N-1?limit=1");
        assert_int_equal(fixture->reply.status, 200);
    }
    check_most_wait(fd, long_one);
    end_reads(fd);
}

static int events_on(struct command_fixture *fixture, const char *target)
{
    int count = 0;
    command_fixture_get(fixture, target);
    assert_int_equal(fixture->reply.status, 200);
    for (const char *at = fixture->reply.body.at; (at = strstr(at, "\"type\":\"note.added.v1\""));
         at++)
        count++;
    return count;
}

/* A page has at least one event, as long as there is room for that. */
static void pages_shrink_while_memory_is_short(void **state)
{
    static const char *const targets[] = {"/events?limit=1000", "/streams/note/N-1?limit=1000"};
    static char large[450001];
    struct command_fixture *fixture = *state;
    memset(large, 'x', sizeof large - 1);
    for (int i = 0; i < 12; i++)
        append_batch(fixture, i, 2, large);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_in_range(events_on(fixture, targets[i]), 3, 5);
    command_fixture_limit(fixture, (struct http_limits){.answers_in_flight_bytes = 1024 * 1024});
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_int_equal(events_on(fixture, targets[i]), 1);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_command_does_not_wait_for_reads_of_the_log),
        TEST(a_short_read_does_not_wait_for_long_ones),
        TEST(pages_shrink_while_memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
