/* What a browser may be made to send by a page that is not ours. */
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

static void what_the_browser_says_goes_before_the_origins_name(void **state)
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

static void neither_can_it_append_events(void **state)
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

static void a_page_of_our_own_can(void **state)
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

static void a_name_made_to_resolve_to_us_reads_nothing(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text out = {0};
    exchange(
        fixture,
        "GET /events HTTP/1.1\r\nHost: evil.example:8080\r\nSec-Fetch-Site: same-origin\r\n\r\n",
        &out);
    assert_text_contains(out.at, "HTTP/1.1 421 ");
    assert_text_contains(out.at, "/problems/unknown-host");
    assert_text_contains(out.at, "\"evil.example:8080\\\"");
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

static void addresses_and_localhost_are_ours(void **state)
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

static void names_that_are_given_are_ours(void **state)
{
    (void)state;
    assert_true(knows("127.0.0.1:8080", "annal.example,other.example", "Annal.example:443"));
    assert_true(knows("127.0.0.1:8080", "annal.example,other.example", "other.example"));
    assert_false(knows("127.0.0.1:8080", "annal.example,other.example", "annal"));
    assert_false(knows("0.0.0.0:8080", "annal.example", "evil.example"));
}

static void who_listens_to_the_network_goes_by_any_name(void **state)
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
        CLAIM(what_the_browser_says_goes_before_the_origins_name),
        CLAIM(neither_can_it_append_events),
        CLAIM(a_page_of_our_own_can),
        CLAIM(a_link_from_another_page_can_be_followed),
        CLAIM(a_name_made_to_resolve_to_us_reads_nothing),
        cmocka_unit_test(addresses_and_localhost_are_ours),
        cmocka_unit_test(names_that_are_given_are_ours),
        cmocka_unit_test(who_listens_to_the_network_goes_by_any_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
