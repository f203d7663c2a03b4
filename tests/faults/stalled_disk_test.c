/* A disk on which a write does not return: the process still answers requests. */
#include "http/control.h"
#include "tests/support/annal_process.h"
#include "tests/support/faulty_files.h"
#include "tests/support/http_client.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS                                                                                     \
    "{\"events\":[{\"id\":\"L-1\",\"type\":\"saga.started.v1\",\"event\":\"ev-1\","                \
    "\"data\":{\"saga\":\"loan_handling\",\"step\":\"a\"},\"correlation\":\"c\","                  \
    "\"traceparent\":\"\"}]}"
#define MORE 24 /* more than may wait */

static const char *data;
static struct annal_process commands;

/* Sends a request to the role's control socket; the caller reads the answer later. */
static int ask(const char *method, const char *path, const char *body)
{
    AUTO(text) struct text request = {0};
    struct sockaddr_un address;
    assert_ok(control_path(data, "commands", &address, &error));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    text_printf(
        &request,
        "%s %s HTTP/1.1\r\nHost: annal\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
        method, path, strlen(body), body);
    raw_client_send(fd, request.at, request.length);
    return fd;
}

static void expect(int fd, const char *what)
{
    AUTO(text) struct text answer = {0};
    if (!raw_client_read_to_end(fd, 30, &answer) || !strstr(answer.at, what))
        fail_msg("no %s in \"%s\"", what, answer.at);
    close(fd);
}

static void expect_questions_answered(void)
{
    static const char *const questions[][2] = {{"/livez", "\"alive\""},
                                               {"/status", "\"head\":"},
                                               {"/readyz", "\"head\":"},
                                               {"/metrics", "annal_log_head_position"}};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        expect(ask("GET", questions[i][0], ""), questions[i][1]);
}

/* The rest wait. */
static void expect_one_refused(struct pollfd more[MORE])
{
    assert_true(poll(more, MORE, 20000) > 0);
    for (int i = 0; i < MORE; i++) {
        if (!more[i].revents)
            continue;
        expect(dup(more[i].fd), "/problems/queue-full");
        return;
    }
}

static void the_control_socket_answers_while_a_commit_hangs(void **state)
{
    (void)state;
    AUTO(http_reply) struct http_reply reply = {0};
    data = test_directory_make();
    faulty_files_begin(data);
    annal_start(
        &commands, data,
        (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", "--bus", "log:", NULL});
    faulty_files_fail(FAULTY_STALL, "events.db");
    int first = ask("POST", "/saga-events", EVENTS);
    wait_until(20, faulty_files_count() > 0);
    expect_questions_answered();
    struct pollfd more[MORE];
    for (int i = 0; i < MORE; i++)
        more[i] = (struct pollfd){ask("POST", "/saga-events", EVENTS), POLLIN, 0};
    expect_one_refused(more);
    expect_questions_answered();
    http_get(annal_address(&commands, NULL), "/livez", &reply);
    assert_int_equal(reply.status, 200);
    for (int i = 0; i < MORE; i++)
        close(more[i].fd);
    faulty_files_heal();
    expect(first, "{\"results\":[\"\"]}");
    assert_int_equal(annal_stop(&commands, 30), 0);
    faulty_files_end();
    test_directory_remove(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_control_socket_answers_while_a_commit_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
