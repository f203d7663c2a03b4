/* The log as NDJSON, waiting at its end, and the lists that never change. */
#include "base/json.h"
#include "tests/api/command_fixture.h"

#include <stdio.h>
#include <unistd.h>

static size_t lines_of(const struct http_reply *reply)
{
    size_t lines = 0;
    for (size_t i = 0; i < reply->body.length; i++)
        lines += reply->body.at[i] == '\n';
    return lines;
}

static void create(struct command_fixture *fixture, int number)
{
    char path[60];
    snprintf(path, sizeof path, "/commands/loan/L-%d/open", number);
    command_fixture_post(fixture, path, LOAN_BODY);
    assert_int_equal(fixture->reply.status, 201);
}

/* The target of the reply's Link, which the caller frees; NULL if it has none. */
static char *take_next(struct http_reply *reply)
{
    const char *link = http_reply_header(reply, "Link");
    if (!link)
        return NULL;
    assert_non_null(strstr(link, ">; rel=\"next\""));
    return strndup(link + 1, strcspn(link + 1, ">"));
}

/* Follows the Links from the path on, as JSON; adds each event's position to `out`. */
static void read_positions(struct command_fixture *fixture, const char *path, struct text *out)
{
    AUTO(string) char *next = strdup(path);
    while (next) {
        struct http_call call = {.path = next, .headers = {"Accept: application/json"}};
        command_fixture_call(fixture, &call);
        assert_int_equal(fixture->reply.status, 200);
        AUTO(json) json_t *body = http_reply_json(&fixture->reply);
        size_t i;
        const json_t *event;
        json_array_foreach (json_object_get(body, "events"), i, event)
            text_printf(out, "%ld ", strtol(json_string_or(event, "sequence", ""), NULL, 10));
        text_add(out, "| ");
        free(next);
        next = take_next(&fixture->reply);
        const char *cursor = json_string_or(body, "next_cursor", NULL);
        assert_true(!cursor == !next);
        if (cursor)
            assert_text_contains(next, cursor);
    }
}

static void the_log_is_paged_like_every_list(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text all = {0}, behind = {0}, some = {0}, none = {0};
    create(fixture, 1);
    create(fixture, 2);
    read_positions(fixture, "/events?limit=3", &all);
    assert_string_equal(all.at, "1 2 3 | 4 | ");
    read_positions(fixture, "/events?limit=1&after=2", &behind);
    assert_string_equal(behind.at, "3 | 4 | ");
    read_positions(fixture, "/events?limit=1&type=loan.opened.*&category=loan", &some);
    assert_string_equal(some.at, "1 | 3 | | ");
    read_positions(fixture, "/events?after=4", &none);
    assert_string_equal(none.at, "| ");
}

static void a_cursor_of_the_log_is_bound_to_its_filters(void **state)
{
    static const char *const other[] = {
        "/events?type=loan.*&cursor=", "/events?category=loan&cursor=", "/streams/loan?cursor=",
        "/streams/loan/L-1?cursor="};
    struct command_fixture *fixture = *state;
    struct http_call call = {.path = "/events?limit=1", .headers = {"Accept: application/json"}};
    create(fixture, 1);
    command_fixture_call(fixture, &call);
    AUTO(json) json_t *body = http_reply_json(&fixture->reply);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s%s", other[i], json_string_or(body, "next_cursor", ""));
        command_fixture_get(fixture, path.at);
        http_reply_check_problem(&fixture->reply, 400, "invalid-cursor");
    }
}

/* The cursor of /events for position -1, which no answer of ours has. */
static void a_cursor_that_somebody_made_up_is_not_taken_for_damage(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {.path = "/events?cursor=AX2DzvCOCzA9Af__________",
                             .headers = {"Accept: application/json"}};
    create(fixture, 1);
    command_fixture_call(fixture, &call);
    http_reply_check_problem(&fixture->reply, 400, "invalid-cursor");
    command_fixture_get(fixture, "/readyz");
    assert_int_equal(fixture->reply.status, 200);
    create(fixture, 2);
}

static void events_come_as_ndjson_after_a_position(void **state)
{
    struct command_fixture *fixture = *state;
    create(fixture, 1);
    create(fixture, 2);
    command_fixture_get(fixture, "/events");
    assert_int_equal(fixture->reply.status, 200);
    command_fixture_check_header(fixture, "Content-Type", "application/x-ndjson");
    command_fixture_check_header(fixture, "Annal-Position", "4");
    assert_int_equal(lines_of(&fixture->reply), 4);
    command_fixture_get(fixture, "/events?after=1&limit=2");
    command_fixture_check_header(fixture, "Annal-Position", "3");
    assert_int_equal(lines_of(&fixture->reply), 2);
    assert_text_contains(fixture->reply.body.at, "\"sequence\":\"00000000000000000002\"");
    AUTO(string) char *next = take_next(&fixture->reply);
    command_fixture_get(fixture, next);
    assert_int_equal(lines_of(&fixture->reply), 1);
    command_fixture_check_header(fixture, "Link", NULL);
    command_fixture_get(fixture, "/events?after=4");
    assert_int_equal(fixture->reply.status, 200);
    assert_int_equal(fixture->reply.body.length, 0);
    command_fixture_check_header(fixture, "Annal-Position", "4");
}

static void events_come_as_a_batch_if_that_is_wanted(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {.path = "/events?category=loan&limit=3",
                             .headers = {"Accept: application/cloudevents-batch+json"}};
    create(fixture, 1);
    create(fixture, 2);
    command_fixture_call(fixture, &call);
    command_fixture_check_header(fixture, "Content-Type", "application/cloudevents-batch+json");
    AUTO(string) char *next = take_next(&fixture->reply);
    assert_text_contains(next, "/events?category=loan&limit=3&cursor=");
    AUTO(json) json_t *batch = http_reply_json(&fixture->reply);
    assert_int_equal(json_array_size(batch), 3);
    call.path = "/events?category=shelf";
    call.headers[1] = "Prefer: wait=1";
    command_fixture_call(fixture, &call);
    assert_string_equal(fixture->reply.body.at, "[]");
}

static void events_are_chosen_by_a_pattern_of_types(void **state)
{
    struct command_fixture *fixture = *state;
    create(fixture, 1);
    command_fixture_get(fixture, "/events?type=loan.book.*");
    assert_int_equal(lines_of(&fixture->reply), 1);
    command_fixture_check_header(fixture, "Annal-Position", "2");
    command_fixture_get(fixture, "/events?type=shelf.*");
    assert_int_equal(lines_of(&fixture->reply), 0);
    command_fixture_check_header(fixture, "Annal-Position", "2");
}

static void invalid_parameters_are_rejected(void **state)
{
    static const char *const bad[] = {
        "/events?after=-1", "/events?after=x", "/events?limit=0", "/events?limit=1001",
        "/events?from=1",   "/events?after=",  "/events?type=",   "/events?type=a%20b"};
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        command_fixture_get(fixture, bad[i]);
        http_reply_check_problem(&fixture->reply, 400, "invalid-parameter");
        if (strstr(bad[i], "limit=0"))
            assert_text_contains(fixture->reply.body.at,
                                 "limit: must be an integer from 1 to 1000; \\\"0\\\" is not");
    }
    struct http_call call = {.path = "/events", .headers = {"Prefer: wait=soon"}};
    command_fixture_refuses(fixture, &call, 400, "bad-request");
    call.headers[0] = "Accept: text/html";
    command_fixture_refuses(fixture, &call, 406, "not-acceptable");
}

/* Begins a long poll on a connection of its own. */
static int begin_poll(const struct command_fixture *fixture, const char *target, int seconds)
{
    AUTO(text) struct text sent = {0};
    int fd = raw_client_connect(fixture->address);
    text_printf(&sent,
                "GET %s HTTP/1.1\r\nHost: localhost\r\nPrefer: respond-async, wait=%d\r\n"
                "Connection: close\r\n\r\n",
                target, seconds);
    raw_client_send(fd, sent.at, sent.length);
    return fd;
}

static void a_long_poll_is_answered_when_an_event_comes(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text out = {0};
    int fd = begin_poll(fixture, "/events?type=loan.book.*", 30);
    int other = begin_poll(fixture, "/events?type=shelf.*", 30);
    create(fixture, 1);
    assert_true(raw_client_read_to_end(fd, 10, &out));
    assert_text_contains(out.at, "Preference-Applied: wait=30");
    assert_text_contains(out.at, "Annal-Position: 2");
    assert_text_contains(out.at, "loan.book.added.v1");
    close(fd);
    command_fixture_post(fixture, "/commands/shelf/B-1/stock", "{\"copies\":1}");
    text_clear(&out);
    assert_true(raw_client_read_to_end(other, 10, &out));
    assert_text_contains(out.at, "shelf.stocked.v1");
    close(other);
}

/* INT64_MAX was waited for as position INT64_MIN, which the log had always reached. */
static void a_position_beyond_the_log_is_rejected(void **state)
{
    static const char *const beyond[] = {"/events?after=3", "/events?after=9223372036854775806",
                                         "/events?after=9223372036854775807"};
    static const char *const accepted[] = {"application/x-ndjson", "text/event-stream"};
    struct command_fixture *fixture = *state;
    create(fixture, 1);
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        for (size_t j = 0; j < sizeof accepted / sizeof *accepted; j++) {
            AUTO(text) struct text accept = {0};
            text_printf(&accept, "Accept: %s", accepted[j]);
            struct http_call call = {.path = beyond[i], .headers = {accept.at, "Prefer: wait=30"}};
            command_fixture_refuses(fixture, &call, 400, "invalid-parameter");
            assert_text_contains(fixture->reply.body.at, "ends at");
        }
    struct http_call call = {.path = "/events",
                             .headers = {"Accept: text/event-stream", "Last-Event-ID: 3"}};
    command_fixture_refuses(fixture, &call, 400, "invalid-parameter");
    command_fixture_get(fixture, "/events?after=2");
    assert_int_equal(fixture->reply.status, 200);
    command_fixture_check_header(fixture, "Annal-Position", "2");
}

static void a_long_poll_ends_empty(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {.path = "/events", .headers = {"Prefer: wait=1"}};
    int64_t start_ms = test_now_ms();
    command_fixture_call(fixture, &call);
    assert_true(test_now_ms() - start_ms >= 900);
    assert_int_equal(fixture->reply.status, 200);
    assert_int_equal(fixture->reply.body.length, 0);
    command_fixture_check_header(fixture, "Annal-Position", "0");
    command_fixture_check_header(fixture, "Preference-Applied", "wait=1");
    call.headers[0] = "Prefer: wait=0";
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 200);
}

#define POLLERS 1000

static void an_endpoint_that_closes_answers_a_thousand_long_polls(void **state)
{
    struct command_fixture *fixture = *state;
    static int fd[POLLERS];
    for (int i = 0; i < POLLERS; i++)
        fd[i] = begin_poll(fixture, "/events", 30);
    command_fixture_get(fixture, "/livez");
    command_fixture_limit(fixture, (struct http_limits){0}); /* closes, opens another */
    for (int i = 0; i < POLLERS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 10, &out));
        if (out.length)
            assert_text_contains(out.at, "/problems/shutting-down");
        close(fd[i]);
    }
}

/* --- what there is ---------------------------------------------------------------------------- */

static void the_catalogue_lists_commands_and_schemas(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_get(fixture, "/commands");
    AUTO(json) json_t *commands = http_reply_json(&fixture->reply);
    assert_true(json_array_size(json_object_get(commands, "commands")) == 10);
    command_fixture_get(fixture, "/schemas");
    AUTO(json) json_t *schemas = http_reply_json(&fixture->reply);
    size_t i;
    const json_t *each;
    json_array_foreach (json_object_get(schemas, "events"), i, each) {
        command_fixture_get(fixture, json_string_or(each, "schema", ""));
        assert_int_equal(fixture->reply.status, 200);
        command_fixture_check_header(fixture, "Content-Type", "application/schema+json");
    }
    assert_true(i >= 11);
    json_array_foreach (json_object_get(commands, "commands"), i, each) {
        command_fixture_get(fixture, json_string_or(each, "schema", ""));
        assert_int_equal(fixture->reply.status, 200);
    }
    command_fixture_get(fixture, "/schemas/loan.opend.v1");
    http_reply_check_problem(&fixture->reply, 404, "not-found");
    assert_text_contains(fixture->reply.body.at, "loan.opened.v1");
}

static void health_and_links_are_served(void **state)
{
    struct command_fixture *fixture = *state;
    static const char *const paths[] = {"/", "/livez", "/readyz"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        command_fixture_get(fixture, paths[i]);
        assert_int_equal(fixture->reply.status, 200);
        json_decref(http_reply_json(&fixture->reply));
    }
    assert_text_contains(fixture->reply.body.at, "\"status\":\"ready\"");
    command_fixture_get(fixture, "/metrics");
    command_fixture_check_header(fixture, "Content-Type",
                                 "text/plain; version=0.0.4; charset=utf-8");
    assert_text_contains(fixture->reply.body.at, "annal_http_requests_total{status=\"200\"}");
    command_fixture_post(fixture, "/livez", "{}");
    http_reply_check_problem(&fixture->reply, 405, "method-not-allowed");
    command_fixture_check_header(fixture, "Allow", "GET, HEAD");
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_log_is_paged_like_every_list),
        TEST(a_cursor_of_the_log_is_bound_to_its_filters),
        TEST(a_cursor_that_somebody_made_up_is_not_taken_for_damage),
        TEST(events_come_as_ndjson_after_a_position),
        TEST(events_come_as_a_batch_if_that_is_wanted),
        TEST(events_are_chosen_by_a_pattern_of_types),
        TEST(invalid_parameters_are_rejected),
        TEST(a_long_poll_is_answered_when_an_event_comes),
        TEST(a_position_beyond_the_log_is_rejected),
        TEST(a_long_poll_ends_empty),
        TEST(an_endpoint_that_closes_answers_a_thousand_long_polls),
        TEST(the_catalogue_lists_commands_and_schemas),
        TEST(health_and_links_are_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
