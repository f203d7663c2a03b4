/* What a browser may be made to send by a page that is not ours. */
#include "http/http_server.h"
#include "http/web_guard.h"
#include "tests/api/command_fixture.h"

#include <stdio.h>
#include <unistd.h>

#define OPEN    "/commands/loan/L-1/open"
#define REQUEST "/commands/loan/L-1/request"

static void open_loan(struct command_fixture *fixture)
{
    command_fixture_post(fixture, OPEN, LOAN_BODY);
    assert_int_equal(fixture->reply.status, 201);
}

/* "http://" and the fixture's own address, as a header line. */
static const char *own_origin(const struct command_fixture *fixture)
{
    static char line[80];
    snprintf(line, sizeof line, "Origin: http://%s", fixture->address);
    return line;
}

static void a_page_of_another_origin_cannot_send_a_command(void **state)
{
    static const char *const marks[] = {"Sec-Fetch-Site: cross-site",
                                        "Sec-Fetch-Site: same-site",
                                        "Sec-Fetch-Site: unheard-of",
                                        "Origin: http://evil.example",
                                        "Origin: http://127.0.0.1:1",
                                        "Origin: http://localhost",
                                        "Origin: null",
                                        "Origin;",
                                        NULL};
    struct command_fixture *fixture = *state;
    open_loan(fixture);
    for (size_t i = 0; marks[i]; i++) {
        struct http_call call = {.method = "POST", .path = REQUEST, .headers = {marks[i]}};
        command_fixture_refuses(fixture, &call, 403, "cross-origin");
        call = (struct http_call){
            .method = "POST", .path = OPEN, .headers = {marks[i], "Content-Type: text/plain"}};
        command_fixture_refuses(fixture, &call, 403, "cross-origin");
    }
}

static void fetch_metadata_takes_precedence_over_origin(void **state)
{
    struct command_fixture *fixture = *state;
    open_loan(fixture);
    struct http_call call = {.method = "POST",
                             .path = REQUEST,
                             .headers = {"Sec-Fetch-Site: same-site", own_origin(fixture)}};
    command_fixture_refuses(fixture, &call, 403, "cross-origin");
    call.headers[0] = "Sec-Fetch-Site: same-origin";
    call.headers[1] = "Origin: https://loans.example"; /* a proxy that gives Host another name */
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 200);
}

static void a_page_of_another_origin_cannot_append_events(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {
        .method = "POST",
        .path = "/streams/note/N-1",
        .headers = {"Content-Type: application/cloudevents+json", "Sec-Fetch-Site: cross-site"},
        .body = "{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"/t\","
                "\"type\":\"note.added.v1\",\"data\":{\"text\":\"x\"}}"};
    command_fixture_refuses(fixture, &call, 403, "cross-origin");
}

static void a_page_of_the_same_origin_can(void **state)
{
    struct command_fixture *fixture = *state;
    open_loan(fixture);
    command_fixture_call(
        fixture,
        &(struct http_call){.method = "POST", .path = REQUEST, .headers = {own_origin(fixture)}});
    assert_int_equal(fixture->reply.status, 200);
}

static void a_link_from_another_page_can_be_followed(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_call(fixture, &(struct http_call){.path = "/commands",
                                                      .headers = {"Sec-Fetch-Site: cross-site"}});
    assert_int_equal(fixture->reply.status, 200);
}

static void exchange(const struct command_fixture *fixture, const char *request, struct text *out)
{
    int fd = raw_client_connect(fixture->address);
    raw_client_send(fd, request, strlen(request));
    assert_true(raw_client_read_to_end(fd, 10, out));
    close(fd);
}

static void a_name_made_to_resolve_to_this_server_cannot_read(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text out = {0};
    exchange(
        fixture,
        "GET /events HTTP/1.1\r\nHost: evil.example:8080\r\nSec-Fetch-Site: same-origin\r\n\r\n",
        &out);
    assert_text_contains(out.at, "HTTP/1.1 421 ");
    assert_text_contains(out.at, "/problems/unknown-host");
    assert_text_contains(out.at, "the host \\\"evil.example\\\"");
    assert_text_contains(out.at, "start annal with --hosts evil.example\"");
}

/* --- names -------------------------------------------------------------------------------------
 */

static bool knows(const char *address, const char *names, const char *host)
{
    struct web_guard guard;
    struct http_request request = {.method = "GET", .header[HTTP_HOST] = host};
    struct error error;
    web_guard_init(&guard, address, names);
    return web_guard_check(&guard, &request, &error) == OK;
}

static void addresses_and_localhost_are_accepted(void **state)
{
    static const char *const ours[] = {"127.0.0.1:8080", "127.0.0.1", "10.1.2.3:80",   "[::1]:8080",
                                       "localhost:9000", "LOCALHOST", "a.localhost:1", NULL};
    static const char *const others[] = {"evil.example",
                                         "127.0.0.1.evil.example:8080",
                                         "localhost.evil.example",
                                         "notlocalhost",
                                         ".localhost",
                                         "1.2.3.4.5",
                                         "::1",
                                         "",
                                         NULL};
    (void)state;
    assert_true(knows("127.0.0.1:8080", "", NULL));
    for (size_t i = 0; ours[i]; i++)
        if (!knows("127.0.0.1:8080", "", ours[i]))
            fail_msg("%s is refused", ours[i]);
    for (size_t i = 0; others[i]; i++)
        if (knows("127.0.0.1:8080", "", others[i]) || knows("[::1]:8080", NULL, others[i]))
            fail_msg("%s is taken", others[i]);
}

static void configured_names_are_accepted(void **state)
{
    (void)state;
    assert_true(knows("127.0.0.1:8080", "annal.example,other.example", "Annal.example:443"));
    assert_true(knows("127.0.0.1:8080", "annal.example,other.example", "other.example"));
    assert_false(knows("127.0.0.1:8080", "annal.example,other.example", "annal"));
    assert_false(knows("0.0.0.0:8080", "annal.example", "evil.example"));
}

static void a_name_that_host_can_never_have_is_rejected(void **state)
{
    static const char *const wrong[] = {
        "orders.example.com:8088", "http://x", "a b", "a, b", "a,", ",a", "a,,b", "[::1]", NULL};
    (void)state;
    struct error error;
    for (size_t i = 0; wrong[i]; i++) {
        assert_int_equal(web_guard_check_names(wrong[i], &error), ERR_USAGE);
        assert_text_contains(error.text, "must be host names without scheme or port");
    }
    struct http_server *server = NULL;
    assert_int_equal(
        http_server_open(&(struct http_server_options){.listen = "127.0.0.1:0", .hosts = wrong[0]},
                         &server, &error),
        ERR_USAGE);
    assert_text_contains(error.text, "--hosts orders.example.com:8088: ");
    assert_ok(web_guard_check_names("annal.example,a_b-c.example,localhost", &error));
    assert_ok(web_guard_check_names("", &error));
    assert_ok(web_guard_check_names(NULL, &error));
}

static void a_server_on_the_network_without_names_accepts_any_name(void **state)
{
    (void)state;
    assert_true(knows("0.0.0.0:8080", "", "annal:8080"));
    assert_true(knows("[::]:8080", "", "annal:8080"));
}

#define CLAIM(name)                                                                                \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_page_of_another_origin_cannot_send_a_command),
        CLAIM(fetch_metadata_takes_precedence_over_origin),
        CLAIM(a_page_of_another_origin_cannot_append_events),
        CLAIM(a_page_of_the_same_origin_can),
        CLAIM(a_link_from_another_page_can_be_followed),
        CLAIM(a_name_made_to_resolve_to_this_server_cannot_read),
        cmocka_unit_test(addresses_and_localhost_are_accepted),
        cmocka_unit_test(configured_names_are_accepted),
        cmocka_unit_test(a_name_that_host_can_never_have_is_rejected),
        cmocka_unit_test(a_server_on_the_network_without_names_accepts_any_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
