/* What a person with a browser, or a client with a wrong port, finds on either endpoint. */
#include "api/start_page.h"
#include "base/json.h"
#include "http/problem.h"
#include "http/router.h"
#include "tests/api/command_fixture.h"
#include "tests/api/query_fixture.h"

#define BROWSER "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

struct fixture {
    struct command_fixture *commands;
    struct query_fixture *queries;
    const char *address[2]; /* of the command endpoint, of the query endpoint */
    struct http_reply reply;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(command_fixture_setup((void **)&fixture->commands), 0);
    assert_int_equal(query_fixture_setup((void **)&fixture->queries), 0);
    fixture->address[0] = fixture->commands->address;
    fixture->address[1] = query_endpoint_address(fixture->queries->endpoint);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    http_reply_finish(&fixture->reply);
    query_fixture_teardown((void **)&fixture->queries);
    command_fixture_teardown((void **)&fixture->commands);
    free(fixture);
    return 0;
}

static void get(struct fixture *fixture, int endpoint, const char *path, const char *header,
                const char *other_header)
{
    AUTO(http_client) struct http_client *client = http_client_open(fixture->address[endpoint]);
    struct http_call call = {.path = path, .headers = {header, other_header}};
    http_client_call(client, &call, &fixture->reply);
}

static void check_type(struct fixture *fixture, const char *type)
{
    assert_int_equal(fixture->reply.status, 200);
    assert_string_equal(http_reply_header(&fixture->reply, "Content-Type"), type);
}

static void the_root_is_a_page_for_browsers_and_json_for_programs(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 2; i++) {
        get(fixture, i, "/", BROWSER, NULL);
        check_type(fixture, "text/html; charset=utf-8");
        assert_text_contains(fixture->reply.body.at, "<a href=\"/docs\">");
        assert_text_contains(fixture->reply.body.at, "<a href=\"/metrics\">");
        assert_text_contains(fixture->reply.body.at, fixture->address[i]); /* in the commands */
        assert_null(strstr(fixture->reply.body.at, "<script"));
        assert_text_contains(http_reply_header(&fixture->reply, "Content-Security-Policy"),
                             "default-src 'none'");
        get(fixture, i, "/", "Accept: */*", NULL);
        check_type(fixture, "application/json");
        json_decref(http_reply_json(&fixture->reply));
    }
}

static void the_page_names_the_host_it_was_called_by_if_it_is_one(void **state)
{
    struct fixture *fixture = *state;
    get(fixture, 0, "/", BROWSER, "Host: localhost:8080");
    assert_text_contains(fixture->reply.body.at, "http://localhost:8080/events");
    get(fixture, 0, "/", BROWSER, "Host: localhost'<b>");
    http_reply_check_problem(&fixture->reply, 400, "bad-request");
}

static void check_hint(struct fixture *fixture, int endpoint, const char *path, const char *hint)
{
    get(fixture, endpoint, path, NULL, NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    if (hint)
        assert_text_contains(fixture->reply.body.at, hint);
    else
        assert_null(strstr(fixture->reply.body.at, "endpoint"));
}

static void a_path_of_the_other_endpoint_is_named_as_such(void **state)
{
    struct fixture *fixture = *state;
    check_hint(fixture, 0, "/read/loans", "served by the query endpoint\"");
    check_hint(fixture, 0, "/read/pairs/1/a", "served by the query endpoint\"");
    check_hint(fixture, 0, "/query/loans_of_book", "served by the query endpoint\"");
    check_hint(fixture, 1, "/commands/loan/L-1/lend", "served by the command endpoint\"");
    check_hint(fixture, 1, "/streams/loan/L-1/state", "served by the command endpoint\"");
    check_hint(fixture, 1, "/events", "served by the command endpoint\"");
    check_hint(fixture, 0, "/raed/loans", NULL);
    check_hint(fixture, 1, "/commands/loan/L-1/lend/it", NULL);
}

static void check_where(const char *address, const char *expected)
{
    AUTO(text) struct text where = {0};
    const struct neighbour neighbour = {.address = address};
    bool known = neighbour_write_where(&neighbour, &where);
    assert_int_equal(known, expected != NULL);
    if (expected)
        assert_string_equal(where.at, expected);
}

static void the_other_endpoint_is_named_by_its_address_if_that_is_known(void **state)
{
    (void)state;
    check_where("127.0.0.1:8081", "http://127.0.0.1:8081");
    check_where("[::1]:8081", "http://[::1]:8081");
    check_where("0.0.0.0:8081", "port 8081");
    check_where("[::]:8081", "port 8081");
    check_where(NULL, NULL);
}

static void check_neighbour(const char *address, const char *host, const char *expected)
{
    AUTO(text) struct text page = {0};
    const struct neighbour neighbour = {.name = "query endpoint", .address = address};
    start_page_write_neighbour(&neighbour, host, &page);
    assert_text_contains(page.at, expected);
}

/* Behind a proxy, the browser is on another machine. */
static void an_address_that_the_browser_cannot_reach_is_not_a_link(void **state)
{
    (void)state;
    check_neighbour("127.0.0.1:8081", "localhost:8080",
                    "<a href=\"http://127.0.0.1:8081\">http://127.0.0.1:8081</a>.");
    check_neighbour("10.1.2.3:8081", "10.1.2.3:8080", "<a href=\"http://10.1.2.3:8081\">");
    check_neighbour("127.0.0.1:8081", "orders.example.com",
                    " has another address: http://127.0.0.1:8081, which only the server itself can "
                    "reach.");
    check_neighbour("0.0.0.0:8081", "orders.example.com", " has another address: port 8081.");
    check_neighbour(NULL, "localhost", "which this endpoint does not know");
}

static void every_problem_has_a_page_on_both_endpoints(void **state)
{
    struct fixture *fixture = *state;
    for (enum err code = 1; code <= ERR_INTERNAL; code++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "/problems/%s", error_slug(code));
        for (int i = 0; i < 2; i++) {
            get(fixture, i, path.at, BROWSER, NULL);
            check_type(fixture, "text/html; charset=utf-8");
            assert_text_contains(fixture->reply.body.at, path.at);
            get(fixture, i, path.at, NULL, NULL);
            check_type(fixture, "application/json");
            AUTO(json) json_t *kind = http_reply_json(&fixture->reply);
            assert_string_equal(json_string_or(kind, "type", ""), path.at);
            assert_string_equal(json_string_or(kind, "title", ""), error_title(code));
            assert_int_equal(json_int_or(kind, "status", 0), error_http_status(code));
            assert_string_equal(json_string_or(kind, "action", ""), problem_action(code));
        }
    }
    get(fixture, 0, "/problems/not-fuond", NULL, NULL);
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    assert_text_contains(fixture->reply.body.at, "did you mean \\\"not-found\\\"");
}

/* The table in docs/reference/http.md has the texts of the pages: a row for each problem. */
static void the_reference_and_the_pages_say_the_same_of_every_problem(void **state)
{
    char *path = test_source_path("docs/reference/http.md"), *reference = test_file_read(path);
    (void)state;
    for (enum err code = 1; code <= ERR_INTERNAL; code++) {
        AUTO(text) struct text row = {0};
        if (!problem_meaning(code) || !problem_action(code))
            fail_msg("http/problem_help.def has no entry for %s", error_slug(code));
        text_printf(&row, "\n| `%s` | %d | %s | %s |\n", error_slug(code), error_http_status(code),
                    problem_meaning(code), problem_action(code));
        if (!strstr(reference, row.at))
            fail_msg("docs/reference/http.md lacks this row:%s", row.at);
    }
    free(reference);
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_root_is_a_page_for_browsers_and_json_for_programs),
        TEST(the_page_names_the_host_it_was_called_by_if_it_is_one),
        TEST(a_path_of_the_other_endpoint_is_named_as_such),
        cmocka_unit_test(the_other_endpoint_is_named_by_its_address_if_that_is_known),
        cmocka_unit_test(an_address_that_the_browser_cannot_reach_is_not_a_link),
        TEST(every_problem_has_a_page_on_both_endpoints),
        cmocka_unit_test(the_reference_and_the_pages_say_the_same_of_every_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
