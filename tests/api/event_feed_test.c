/* The log as server-sent events, over raw connections. */
#include "telemetry/metrics.h"
#include "tests/api/command_fixture.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENERS 200

static void create(struct command_fixture *fixture, int number)
{
    char path[60];
    snprintf(path, sizeof path, "/commands/loan/L-%d/open", number);
    command_fixture_post(fixture, path, LOAN_BODY);
    assert_int_equal(fixture->reply.status, 201);
}

static void stock_shelf(struct command_fixture *fixture, int number)
{
    char path[60];
    snprintf(path, sizeof path, "/commands/shelf/B-%d/stock", number);
    command_fixture_post(fixture, path, "{\"copies\":1}");
    assert_int_equal(fixture->reply.status, 201);
}

/* `header`: further header lines, each with its line's end. */
static int ask_by(const char *version, const struct command_fixture *fixture, const char *target,
                  const char *header)
{
    AUTO(text) struct text sent = {0};
    int fd = raw_client_connect(fixture->address);
    text_printf(&sent,
                "GET %s HTTP/%s\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                "Connection: close\r\n%s\r\n",
                target, version, header);
    raw_client_send(fd, sent.at, sent.length);
    return fd;
}

static int ask(const struct command_fixture *fixture, const char *target, const char *header)
{
    return ask_by("1.1", fixture, target, header);
}

static void expect(int fd, const char *text, struct text *out)
{
    if (!raw_client_read_until(fd, text, 20, out))
        fail_msg("\"%s\" did not come: %s", text, out->at ? out->at : "");
}

/* A listener that has been answered. */
static int listen_to(const struct command_fixture *fixture, const char *target, const char *header,
                     struct text *out)
{
    int fd = ask(fixture, target, header);
    expect(fd, "retry: ", out);
    return fd;
}

static void check_absent(const struct text *out, const char *text)
{
    if (strstr(out->at, text))
        fail_msg("\"%s\" is in: %s", text, out->at);
}

static void events_are_sent_in_order_as_they_come(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text out = {0};
    create(fixture, 1);
    int fd = listen_to(fixture, "/events", "", &out);
    assert_text_contains(out.at, "200 OK");
    assert_text_contains(out.at, "Content-Type: text/event-stream");
    assert_text_contains(out.at, "Cache-Control: no-store");
    expect(fd, "id: 2\n", &out);
    for (int i = 2; i <= 20; i++)
        create(fixture, i);
    expect(fd, "id: 40\nevent: loan.book.added.v1\ndata: {\"specversion\":\"1.0\"", &out);
    const char *at = out.at;
    for (int i = 1; i <= 40; i++) {
        char id[30];
        snprintf(id, sizeof id, "id: %d\n", i);
        at = strstr(at, id);
        assert_non_null(at);
        assert_null(strstr(at + 1, id));
    }
    close(fd);
}

static void a_listener_resumes_strictly_after_its_last_event(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text out = {0}, after = {0}, head = {0};
    create(fixture, 1);
    create(fixture, 2);
    int fd = listen_to(fixture, "/events?after=1", "Last-Event-ID: 3\r\n", &out);
    expect(fd, "id: 4\n", &out);
    check_absent(&out, "id: 3\n");
    close(fd);
    fd = listen_to(fixture, "/events?after=1", "", &after);
    expect(fd, "id: 4\n", &after);
    assert_text_contains(after.at, "id: 2\n");
    check_absent(&after, "id: 1\n");
    close(fd);
    fd = listen_to(fixture, "/events?after=head", "", &head);
    create(fixture, 3);
    expect(fd, "id: 6\n", &head);
    assert_text_contains(head.at, "id: 5\n");
    check_absent(&head, "id: 4\n");
    close(fd);
}

static void a_listener_receives_only_events_that_match_its_filter(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text types = {0}, category = {0}, both = {0};
    int by_type = listen_to(fixture, "/events?type=loan.book.*", "", &types);
    int by_category = listen_to(fixture, "/events?category=shelf", "", &category);
    int by_both = listen_to(fixture, "/events?category=loan&type=*.stocked.v1", "", &both);
    create(fixture, 1);
    stock_shelf(fixture, 1);
    create(fixture, 2);
    expect(by_type, "id: 5\n", &types);
    expect(by_category, "id: 3\n", &category);
    check_absent(&types, "loan.opened.v1");
    check_absent(&types, "shelf");
    check_absent(&category, "event: loan");
    close(by_type);
    close(by_category);
    command_fixture_limit(fixture, (struct http_limits){0}); /* closes, opens another */
    assert_true(raw_client_read_to_end(by_both, 10, &both));
    check_absent(&both, "data:");
    close(by_both);
}

/* The log is read in several pieces, and by the listener itself. */
static void a_listener_far_behind_catches_up_and_stays(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text all = {0}, some = {0};
    for (int i = 1; i <= 700; i++)
        create(fixture, i);
    int fd = ask_by("1.0", fixture, "/events", ""); /* to which nothing is cut into chunks */
    int other = ask_by("1.0", fixture, "/events?category=shelf", "");
    expect(fd, "id: 1400\n", &all);
    stock_shelf(fixture, 1);
    expect(fd, "id: 1401\nevent: ", &all);
    expect(other, "id: 1401\nevent: shelf.stocked.v1\n", &some);
    size_t events = 0;
    for (const char *at = all.at; (at = strstr(at, "\nevent: ")); at++)
        events++;
    assert_int_equal(events, 1401);
    close(fd);
    close(other);
}

static void two_hundred_listeners_are_sent_the_same(void **state)
{
    struct command_fixture *fixture = *state;
    static int fd[LISTENERS];
    static struct text out[LISTENERS];
    for (int i = 0; i < LISTENERS; i++)
        fd[i] = listen_to(fixture, "/events", "", &out[i]);
    command_fixture_get(fixture, "/metrics");
    assert_text_contains(fixture->reply.body.at, "annal_feed_listeners 200");
    for (int i = 1; i <= 10; i++)
        create(fixture, i);
    for (int i = 0; i < LISTENERS; i++) {
        expect(fd[i], "id: 20\n", &out[i]);
        assert_text_contains(out[i].at, "id: 1\n");
        close(fd[i]);
        text_finish(&out[i]);
    }
}

static void append_large(struct command_fixture *fixture, int number)
{
    static char text[500001];
    AUTO(text) struct text body = {0};
    memset(text, 'x', sizeof text - 1);
    text_printf(&body,
                "{\"specversion\":\"1.0\",\"id\":\"l-%d\",\"source\":\"/test\","
                "\"type\":\"note.added.v1\",\"data\":{\"text\":\"%s\"}}",
                number, text);
    struct http_call call = {.method = "POST",
                             .path = "/streams/note/N-1",
                             .headers = {"Content-Type: application/cloudevents+json"},
                             .body = body.at};
    command_fixture_call(fixture, &call);
    assert_true(fixture->reply.status == 200 || fixture->reply.status == 201);
}

/* It has taken nothing for seconds and what it waits for has left the ring; another goes on. */
static void a_reader_that_takes_nothing_is_closed(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text out = {0}, other = {0}, rest = {0};
    int fd = ask(fixture, "/events", "");
    int bytes = 4096;
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
    expect(fd, "retry: ", &out);
    int good = listen_to(fixture, "/events?type=loan.*", "", &other);
    for (int i = 1; i <= 30; i++)
        append_large(fixture, i);
    create(fixture, 1);
    expect(good, "id: 32\n", &other);
    wait_until(30, (command_fixture_get(fixture, "/metrics"),
                    strstr(fixture->reply.body.at, "annal_feed_listeners 1\n")));
    assert_true(raw_client_read_to_end(fd, 20, &rest));
    assert_true(!strstr(rest.at, "id: 32\n"));
    assert_null(strstr(fixture->reply.body.at, "annal_feed_closed_total 0\n"));
    close(fd);
    close(good);
}

static void a_closing_endpoint_ends_the_streams(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text out = {0};
    create(fixture, 1);
    int fd = listen_to(fixture, "/events", "", &out);
    expect(fd, "id: 2\n", &out);
    command_fixture_limit(fixture, (struct http_limits){0}); /* closes, opens another */
    assert_true(raw_client_read_to_end(fd, 10, &out));
    assert_text_contains(out.at, "\r\n0\r\n"); /* whole: the last chunk came */
    close(fd);
}

static void a_quiet_listener_is_sent_a_comment(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text out = {0};
    int64_t start_ms = test_now_ms();
    int fd = listen_to(fixture, "/events", "", &out);
    expect(fd, "\n:\n", &out);
    assert_true(test_now_ms() - start_ms >= 14000);
    close(fd);
}

/* Nothing is sent meanwhile. */
static void a_listener_that_goes_away_is_noticed_at_once(void **state)
{
    struct command_fixture *fixture = *state;
    const struct metric_series *listeners = metric_series(METRIC_FEED_LISTENERS, "");
    AUTO(text) struct text out = {0};
    int fd = listen_to(fixture, "/events", "", &out);
    int64_t start_ms = test_now_ms();
    close(fd);
    wait_until(20, metric_value(listeners) == 0);
    assert_true(test_now_ms() - start_ms < 10000); /* before a comment is due */
}

static void invalid_requests_get_an_exact_answer(void **state)
{
    static const char *const bad[] = {"/events?after=-1", "/events?after=tail",
                                      "/events?limit=5",  "/events?category=a%20b",
                                      "/events?type=",    "/events?type=loan.%5B"};
    struct command_fixture *fixture = *state;
    struct http_call call = {.headers = {"Accept: text/event-stream"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        call.path = bad[i];
        command_fixture_refuses(fixture, &call, 400, "invalid-parameter");
    }
    call.path = "/events";
    call.headers[1] = "Last-Event-ID: x";
    command_fixture_refuses(fixture, &call, 400, "bad-request");
    call.headers[1] = NULL;
    call.method = "HEAD";
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 200);
    command_fixture_check_header(fixture, "Content-Type", "text/event-stream");
    command_fixture_check_header(fixture, "Content-Length", NULL); /* GET has none either */
}

static void check_full(struct command_fixture *fixture, const char *header)
{
    command_fixture_call(fixture,
                         &(struct http_call){.path = "/events?after=2", .headers = {header}});
    http_reply_check_problem(&fixture->reply, 503, "queue-full");
    command_fixture_check_header(fixture, "Retry-After", "1");
    assert_text_contains(fixture->reply.body.at, "--feed-listeners");
}

static int wait_for_events(struct command_fixture *fixture)
{
    static const char request[] = "GET /events?after=2 HTTP/1.1\r\nHost: localhost\r\n"
                                  "Prefer: wait=30\r\nConnection: close\r\n\r\n";
    int fd = raw_client_connect(fixture->address);
    raw_client_send(fd, request, sizeof request - 1);
    wait_until(20, (command_fixture_get(fixture, "/metrics"),
                    strstr(fixture->reply.body.at, "annal_feed_listeners 2\n")));
    return fd;
}

static void no_more_listen_or_wait_than_may(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text listened = {0}, waited = {0};
    fixture->feed_listeners = 2;
    command_fixture_limit(fixture, (struct http_limits){0});
    create(fixture, 1);
    int listening = listen_to(fixture, "/events?after=head", "", &listened);
    int waiting = wait_for_events(fixture);
    check_full(fixture, "Accept: text/event-stream");
    check_full(fixture, "Prefer: wait=30");
    command_fixture_call(fixture, /* an event exists: no wait */
                         &(struct http_call){.path = "/events", .headers = {"Prefer: wait=30"}});
    assert_int_equal(fixture->reply.status, 200);
    create(fixture, 2);
    assert_true(raw_client_read_to_end(waiting, 20, &waited));
    assert_text_contains(waited.at, "200 OK");
    wait_until(20, (command_fixture_get(fixture, "/metrics"), /* its place is free */
                    strstr(fixture->reply.body.at, "annal_feed_listeners 1\n")));
    close(listen_to(fixture, "/events?after=head", "", &waited));
    close(waiting);
    close(listening);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_are_sent_in_order_as_they_come),
        TEST(a_listener_resumes_strictly_after_its_last_event),
        TEST(a_listener_receives_only_events_that_match_its_filter),
        TEST(a_listener_far_behind_catches_up_and_stays),
        TEST(two_hundred_listeners_are_sent_the_same),
        TEST(a_reader_that_takes_nothing_is_closed),
        TEST(a_closing_endpoint_ends_the_streams),
        TEST(a_quiet_listener_is_sent_a_comment),
        TEST(a_listener_that_goes_away_is_noticed_at_once),
        TEST(no_more_listen_or_wait_than_may),
        TEST(invalid_requests_get_an_exact_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
