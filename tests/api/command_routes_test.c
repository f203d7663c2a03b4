/* Commands over HTTP, with everything real behind: desk, aggregates, log. */
#include "api/answer_body.h"
#include "base/json.h"
#include "tests/api/command_fixture.h"

#include <pthread.h>
#include <stdio.h>

#define JSON_TYPE "Content-Type: application/json"
#define OPEN      "/commands/loan/L-1/open"

static void a_command_is_answered_with_its_events(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_post(fixture, OPEN, LOAN_BODY);
    assert_int_equal(fixture->reply.status, 201);
    command_fixture_check_header(fixture, "Content-Type", "application/json");
    command_fixture_check_header(fixture, "ETag", "\"2\"");
    command_fixture_check_header(fixture, "Annal-Position", "2");
    command_fixture_check_header(fixture, "Location", "/streams/loan/L-1");
    command_fixture_check_header(fixture, "Idempotency-Replayed", NULL);
    assert_non_null(http_reply_header(&fixture->reply, "Correlation-Id"));
    AUTO(json) json_t *body = http_reply_json(&fixture->reply);
    assert_string_equal(json_string_or(body, "stream", ""), "loan/L-1");
    assert_int_equal(json_int_or(body, "version", 0), 2);
    assert_int_equal(json_int_or(body, "position", 0), 2);
    const json_t *events = json_object_get(body, "events");
    assert_int_equal(json_array_size(events), 2);
    assert_string_equal(json_string_or(json_array_get(events, 0), "type", ""), "loan.opened.v1");
    assert_int_equal(command_desk_head(fixture->desk), 2);
}

static void a_command_to_an_existing_stream_is_answered_200(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_post(fixture, OPEN, LOAN_BODY);
    command_fixture_call(
        fixture, &(struct http_call){.method = "POST", .path = "/commands/loan/L-1/request"});
    assert_int_equal(fixture->reply.status, 200);
    command_fixture_check_header(fixture, "ETag", "\"3\"");
    assert_text_contains(fixture->reply.body.at, "loan.requested.v1");
}

static void the_server_chooses_the_id_of_a_new_aggregate(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_post(fixture, "/commands/loan/open", LOAN_BODY);
    assert_int_equal(fixture->reply.status, 201);
    AUTO(json) json_t *body = http_reply_json(&fixture->reply);
    AUTO(text) struct text location = {0};
    const char *stream = json_string_or(body, "stream", "");
    assert_int_equal(strlen(stream), strlen("loan/") + 36);
    text_printf(&location, "/streams/%s", stream);
    command_fixture_check_header(fixture, "Location", location.at);
    command_fixture_get(fixture, location.at);
    assert_int_equal(fixture->reply.status, 200);
}

static void a_command_without_effect_is_answered_without_events(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_post(fixture, OPEN, LOAN_BODY);
    command_fixture_post(fixture, "/commands/loan/L-1/cancel", "{\"reason\":\"changed mind\"}");
    int64_t head = command_desk_head(fixture->desk);
    command_fixture_post(fixture, "/commands/loan/L-1/cancel", "{\"reason\":\"changed mind\"}");
    assert_int_equal(fixture->reply.status, 200);
    assert_text_contains(fixture->reply.body.at, "\"events\":[]");
    assert_int_equal(command_desk_head(fixture->desk), head);
}

static void a_command_the_domain_rejects_is_409_and_names_the_state(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_post(fixture, OPEN, LOAN_BODY);
    command_fixture_refuses(
        fixture, &(struct http_call){.method = "POST", .path = "/commands/loan/L-1/return"}, 409,
        "command-refused");
    assert_text_contains(fixture->reply.body.at, "open");
}

struct bad {
    const char *path, *content_type, *body;
    int status;
    const char *slug, *detail;
};

static void invalid_input_gets_an_exact_answer_and_stores_nothing(void **state)
{
    static const struct bad bad[] = {
        {OPEN, JSON_TYPE, "{\"memberId\":", 400, "invalid-json", "line 1, column"},
        {OPEN, JSON_TYPE, "{\"a\":1,\"a\":2}", 400, "invalid-json", "duplicate"},
        {OPEN, JSON_TYPE, "{\"memberId\":\"\xff\"}", 400, "invalid-json", "0xff"},
        {OPEN, JSON_TYPE, "{\"memberId\":\"\\u0000\"}", 400, "invalid-json", "NUL"},
        {OPEN, JSON_TYPE, "{} {}", 400, "invalid-json", "line 1"},
        {OPEN, JSON_TYPE, " ", 400, "invalid-json", "line 1"},
        {OPEN, JSON_TYPE, "{\"memberId\":1e999}", 400, "invalid-json", "line 1"},
        {OPEN, JSON_TYPE, "{\"memberId\":99999999999999999999}", 400, "invalid-json", "line 1"},
        {OPEN, JSON_TYPE, "[]", 422, "invalid-body", "loan open"},
        {OPEN, JSON_TYPE, "null", 422, "invalid-body", "loan open"},
        {OPEN, JSON_TYPE, "\"x\"", 422, "invalid-body", "loan open"},
        {OPEN, JSON_TYPE, "{}", 422, "invalid-body", "memberId"},
        {OPEN, JSON_TYPE, "{\"memberId\":7,\"branch\":\"CPH\"}", 422, "invalid-body",
         "\"/memberId\""},
        {OPEN, JSON_TYPE, "{\"memberId\":\"C\",\"branch\":\"CPH\",\"surprise\":1}", 422,
         "invalid-body", "surprise"},
        {OPEN, JSON_TYPE, "{\"memberId\":\"C\",\"branch\":\"cph\"}", 422, "invalid-body",
         "\"/branch\""},
        {OPEN, JSON_TYPE,
         "{\"memberId\":\"M\",\"branch\":\"CPH\",\"books\":[{\"bookId\":\"B\",\"copies\":0}]}", 422,
         "invalid-body", "\"/books/0/copies\""},
        {OPEN, NULL, LOAN_BODY, 415, "unsupported-media-type", "application/json"},
        {OPEN, "Content-Type: text/plain", LOAN_BODY, 415, "unsupported-media-type", "text/plain"},
        {OPEN, "Content-Type: application/json; charset=latin1", LOAN_BODY, 415,
         "unsupported-media-type", "UTF-8"},
        {"/commands/loan/L-1/ope", JSON_TYPE, LOAN_BODY, 404, "not-found",
         "did you mean \\\"open\\\""},
        {"/commands/lon/L-1/open", JSON_TYPE, LOAN_BODY, 404, "not-found",
         "did you mean \\\"loan\\\""},
        {"/commands/loan", JSON_TYPE, LOAN_BODY, 404, "not-found", "/"},
        {"/commands/loan/L-1/open/more", JSON_TYPE, LOAN_BODY, 404, "not-found", "/"},
        {"/commands/loan/L%201/open", JSON_TYPE, LOAN_BODY, 400, "invalid-id", "128"},
        {"/commands/loan/L%2F1/open", JSON_TYPE, LOAN_BODY, 400, "invalid-id", "128"},
        {"/commands/loan/L%001/open", JSON_TYPE, LOAN_BODY, 400, "invalid-id", "NUL"},
        {"/commands/loan/L%FF1/open", JSON_TYPE, LOAN_BODY, 400, "invalid-id", "UTF-8"},
        {"/commands/loan//open", JSON_TYPE, LOAN_BODY, 400, "invalid-id", "128"},
        {OPEN "?dry=1", JSON_TYPE, LOAN_BODY, 400, "invalid-parameter", "dry"},
    };
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_call call = {
            .method = "POST",
            .path = bad[i].path,
            .headers = {bad[i].content_type ? bad[i].content_type : "Content-Type:"},
            .body = bad[i].body};
        command_fixture_refuses(fixture, &call, bad[i].status, bad[i].slug);
        if (!strstr(fixture->reply.body.at, bad[i].detail))
            fail_msg("%s is not in %s", bad[i].detail, fixture->reply.body.at);
    }
}

static void invalid_headers_get_an_exact_answer_and_store_nothing(void **state)
{
    static const char *const bad[] = {
        "If-Match: 3",
        "If-Match: \"1\", \"2\"",
        "If-Match: \"1",
        "If-Match: \"1\" x",
        "If-Match: * *",
        "If-None-Match: \"1\"",
        "Idempotency-Key: \"\"",
        "Idempotency-Key: with space",
        "Idempotency-Key: \"half",
        "Idempotency-Key: \"a\"b\"",
        "Correlation-Id: two words",
        "Correlation-Id: quo\"te",
        "Causation-Id: back\\slash",
    };
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_call call = {
            .method = "POST", .path = OPEN, .headers = {JSON_TYPE, bad[i]}, .body = LOAN_BODY};
        command_fixture_refuses(fixture, &call, 400, "bad-request");
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(bad[i], ":"), bad[i]);
        assert_text_contains(fixture->reply.body.at, name);
    }
    AUTO(text) struct text key = {0};
    text_add(&key, "Idempotency-Key: ");
    for (int i = 0; i < 256; i++)
        text_add_char(&key, 'k');
    struct http_call call = {
        .method = "POST", .path = OPEN, .headers = {JSON_TYPE, key.at}, .body = LOAN_BODY};
    command_fixture_refuses(fixture, &call, 400, "bad-request");
}

static void deep_nesting_is_rejected(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text deep = {0};
    for (int i = 0; i < 10000; i++)
        text_add_char(&deep, '[');
    command_fixture_refuses(
        fixture,
        &(struct http_call){
            .method = "POST", .path = OPEN, .headers = {JSON_TYPE}, .body = deep.at},
        400, "invalid-json");
}

static void a_body_of_too_many_values_is_rejected_before_it_costs_their_memory(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text body = {0};
    text_add(&body, "[0");
    for (int i = 1; i < 32767; i++)
        text_add(&body, ",0");
    text_add(&body, "]");
    command_fixture_post(fixture, OPEN, body.at);
    http_reply_check_problem(&fixture->reply, 422, "invalid-body");
    body.at[body.length - 1] = ' ';
    text_add(&body, ",0]");
    command_fixture_post(fixture, OPEN, body.at);
    http_reply_check_problem(&fixture->reply, 413, "too-many-values");
    assert_text_contains(fixture->reply.body.at,
                         "has 32769 JSON values; it may have at most 32768");
    assert_int_equal(command_desk_head(fixture->desk), 0);
}

static void a_body_of_2_mib_is_rejected(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text large = {0};
    memset(text_reserve(&large, 2 << 20), ' ', 2 << 20);
    large.length = 2 << 20;
    struct http_call call = {.method = "POST",
                             .path = OPEN,
                             .headers = {JSON_TYPE},
                             .body = large.at,
                             .body_length = large.length};
    call.chunked = true;
    command_fixture_refuses(fixture, &call, 413, "body-too-large");
    AUTO(text) struct text out = {0};
    int fd = raw_client_connect(fixture->address);
    const char *head =
        "POST " OPEN " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 2097152\r\n\r\n";
    raw_client_send(fd, head, strlen(head));
    assert_true(raw_client_read_until(fd, "/problems/body-too-large", 10, &out));
    assert_int_equal(command_desk_head(fixture->desk), 0);
}

/* --- idempotency ------------------------------------------------------------------------------ */

static void open_with_key(struct command_fixture *fixture, const char *path, const char *key,
                          const char *body)
{
    command_fixture_call(
        fixture, &(struct http_call){
                     .method = "POST", .path = path, .headers = {JSON_TYPE, key}, .body = body});
}

static void a_repeat_with_the_same_key_gets_the_first_answer(void **state)
{
    struct command_fixture *fixture = *state;
    open_with_key(fixture, OPEN, "Idempotency-Key: \"k-1\"", LOAN_BODY);
    AUTO(string) char *first = strdup(fixture->reply.body.at);
    AUTO(string) char *correlation = strdup(http_reply_header(&fixture->reply, "Correlation-Id"));
    static const char *const keys[] = {"Idempotency-Key: \"k-1\"", "Idempotency-Key: k-1"};
    for (int i = 0; i < 2; i++) {
        open_with_key(fixture, OPEN, keys[i], LOAN_BODY);
        assert_int_equal(fixture->reply.status, 201);
        assert_string_equal(fixture->reply.body.at, first);
        command_fixture_check_header(fixture, "Idempotency-Replayed", "true");
        command_fixture_check_header(fixture, "ETag", "\"2\"");
        command_fixture_check_header(fixture, "Annal-Position", "2");
        command_fixture_check_header(fixture, "Location", "/streams/loan/L-1");
        command_fixture_check_header(fixture, "Correlation-Id", correlation);
    }
    assert_int_equal(command_desk_head(fixture->desk), 2);
}

static void a_repeat_finds_the_id_the_server_chose_before(void **state)
{
    struct command_fixture *fixture = *state;
    open_with_key(fixture, "/commands/loan/open", "Idempotency-Key: k-2", LOAN_BODY);
    AUTO(string) char *location = strdup(http_reply_header(&fixture->reply, "Location"));
    open_with_key(fixture, "/commands/loan/open", "Idempotency-Key: k-2", LOAN_BODY);
    command_fixture_check_header(fixture, "Idempotency-Replayed", "true");
    command_fixture_check_header(fixture, "Location", location);
}

static void a_refusal_is_replayed_too(void **state)
{
    struct command_fixture *fixture = *state;
    const char *give_back = "/commands/loan/L-1/return";
    command_fixture_post(fixture, OPEN, LOAN_BODY);
    open_with_key(fixture, give_back, "Idempotency-Key: k-3", "{}");
    http_reply_check_problem(&fixture->reply, 409, "command-refused");
    open_with_key(fixture, give_back, "Idempotency-Key: k-3", "{}");
    http_reply_check_problem(&fixture->reply, 409, "command-refused");
    command_fixture_check_header(fixture, "Idempotency-Replayed", "true");
}

static void a_key_belongs_to_its_request(void **state)
{
    struct command_fixture *fixture = *state;
    open_with_key(fixture, OPEN, "Idempotency-Key: k-4", LOAN_BODY);
    struct http_call other_body = {.method = "POST",
                                   .path = OPEN,
                                   .headers = {JSON_TYPE, "Idempotency-Key: k-4"},
                                   .body = "{\"memberId\":\"M-2\",\"branch\":\"CPH\"}"};
    command_fixture_refuses(fixture, &other_body, 422, "idempotency-key-reused");
    struct http_call other_path = {.method = "POST",
                                   .path = "/commands/loan/L-2/open",
                                   .headers = {JSON_TYPE, "Idempotency-Key: k-4"},
                                   .body = LOAN_BODY};
    command_fixture_refuses(fixture, &other_path, 422, "idempotency-key-reused");
}

static void *send_one(void *argument)
{
    struct command_fixture *fixture = argument;
    AUTO(http_client) struct http_client *client = http_client_open(fixture->address);
    AUTO(http_reply) struct http_reply reply = {0};
    http_client_call(client,
                     &(struct http_call){.method = "POST",
                                         .path = OPEN,
                                         .headers = {JSON_TYPE, "Idempotency-Key: together"},
                                         .body = LOAN_BODY},
                     &reply);
    return (void *)(intptr_t)reply.status;
}

static void repeats_at_the_same_time_happen_once(void **state)
{
    struct command_fixture *fixture = *state;
    pthread_t thread[8];
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, send_one, fixture), 0);
    for (int i = 0; i < 8; i++) {
        void *status;
        pthread_join(thread[i], &status);
        assert_int_equal((intptr_t)status, 201);
    }
    assert_int_equal(command_desk_head(fixture->desk), 2);
}

/* --- expected versions ------------------------------------------------------------------------ */

static void request_if(struct command_fixture *fixture, const char *condition, int status)
{
    struct http_call call = {
        .method = "POST", .path = "/commands/loan/L-1/request", .headers = {condition}};
    if (status == 412) {
        command_fixture_refuses(fixture, &call, 412, "wrong-version");
        AUTO(json) json_t *problem = http_reply_json(&fixture->reply);
        assert_int_equal(json_int_or(problem, "currentVersion", -1), 2);
        command_fixture_check_header(fixture, "ETag", "\"2\"");
    } else {
        command_fixture_call(fixture, &call);
        assert_int_equal(fixture->reply.status, status);
    }
}

static void a_stale_version_is_rejected_with_the_current_one(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_post(fixture, OPEN, LOAN_BODY);
    static const char *const stale[] = {"If-Match: \"1\"",  "If-Match: \"3\"", "If-Match: W/\"2\"",
                                        "If-Match: \"02\"", "If-Match: \"\"",  "If-Match: \"-1\"",
                                        "If-Match: \"0\"",  "If-None-Match: *"};
    for (size_t i = 0; i < sizeof stale / sizeof *stale; i++)
        request_if(fixture, stale[i], 412);
    request_if(fixture, "If-Match: \"2\"", 200);
}

static void if_match_any_wants_the_stream_to_be_there(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {
        .method = "POST", .path = OPEN, .headers = {JSON_TYPE, "If-Match: *"}, .body = LOAN_BODY};
    command_fixture_refuses(fixture, &call, 412, "wrong-version");
    call.headers[1] = "If-None-Match: *";
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 201);
    request_if(fixture, "If-Match: *", 200);
}

static void the_key_is_looked_up_before_the_version_is_compared(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {.method = "POST",
                             .path = OPEN,
                             .headers = {JSON_TYPE, "If-None-Match: *", "Idempotency-Key: once"},
                             .body = LOAN_BODY};
    for (int i = 0; i < 2; i++) {
        command_fixture_call(fixture, &call);
        assert_int_equal(fixture->reply.status, 201);
    }
    command_fixture_check_header(fixture, "Idempotency-Replayed", "true");
}

/* --- what belongs together -------------------------------------------------------------------- */

static void correlation_and_trace_are_stored_with_the_events(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_call(
        fixture,
        &(struct http_call){
            .method = "POST",
            .path = OPEN,
            .headers = {JSON_TYPE, "Correlation-Id: corr-7", "Causation-Id: cause-7",
                        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
            .body = LOAN_BODY});
    command_fixture_check_header(fixture, "Correlation-Id", "corr-7");
    command_fixture_get(fixture, "/streams/loan/L-1");
    assert_text_contains(fixture->reply.body.at, "\"correlationid\":\"corr-7\"");
    assert_text_contains(fixture->reply.body.at, "\"causationid\":\"cause-7\"");
    assert_text_contains(fixture->reply.body.at,
                         "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

static void an_invalid_trace_is_left_and_a_new_one_begun(void **state)
{
    static const char *const parents[] = {
        "traceparent: nonsense",
        "traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "traceparent: 00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "traceparent: ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"};
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        struct http_call call = {.method = "POST", .path = "/nothing", .headers = {parents[i]}};
        command_fixture_refuses(fixture, &call, 404, "not-found");
        assert_null(strstr(fixture->reply.body.at, "0af7651916cd43dd8448eb211c80319c"));
    }
    struct http_call call = {
        .path = "/nothing",
        .headers = {"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};
    command_fixture_refuses(fixture, &call, 404, "not-found");
    assert_text_contains(fixture->reply.body.at,
                         "\"traceId\":\"0af7651916cd43dd8448eb211c80319c\"");
}

static void a_damaged_log_is_not_ready_and_takes_no_command(void **state)
{
    struct command_fixture *fixture = *state;
    struct error damage = {0};
    error_set(&damage, ERR_CORRUPT, "log position 7: changed");
    command_desk_report_damage(fixture->desk, "a test", &damage);
    command_fixture_get(fixture, "/readyz");
    assert_int_equal(fixture->reply.status, 503);
    assert_text_contains(fixture->reply.body.at,
                         "A file is damaged; `annal status` states the cause");
    command_fixture_refuses(fixture,
                            &(struct http_call){.method = "POST",
                                                .path = "/commands/loan/A/open",
                                                .headers = {"Content-Type: application/json"},
                                                .body = LOAN_BODY},
                            500, "corrupt");
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

static void clients_do_not_see_the_paths_of_files_that_fail(void **state)
{
    (void)state;
    const enum err codes[] = {ERR_IO, ERR_BUSY, ERR_NO_MEMORY, ERR_DISK_FULL, ERR_CORRUPT};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        AUTO(text) struct text body = {0};
        answer_body_write(
            &(struct command_answer){
                .err = codes[i],
                .detail = slice_of("open /srv/annal/events.db: too many open files")},
            &body);
        assert_text_contains(body.at, "nothing was stored; the server's log states the cause");
        assert_null(strstr(body.at, "/srv"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_damaged_log_is_not_ready_and_takes_no_command),
        TEST(a_command_is_answered_with_its_events),
        TEST(clients_do_not_see_the_paths_of_files_that_fail),
        TEST(a_command_to_an_existing_stream_is_answered_200),
        TEST(the_server_chooses_the_id_of_a_new_aggregate),
        TEST(a_command_without_effect_is_answered_without_events),
        TEST(a_command_the_domain_rejects_is_409_and_names_the_state),
        TEST(invalid_input_gets_an_exact_answer_and_stores_nothing),
        TEST(invalid_headers_get_an_exact_answer_and_store_nothing),
        TEST(deep_nesting_is_rejected),
        TEST(a_body_of_too_many_values_is_rejected_before_it_costs_their_memory),
        TEST(a_body_of_2_mib_is_rejected),
        TEST(a_repeat_with_the_same_key_gets_the_first_answer),
        TEST(a_repeat_finds_the_id_the_server_chose_before),
        TEST(a_refusal_is_replayed_too),
        TEST(a_key_belongs_to_its_request),
        TEST(repeats_at_the_same_time_happen_once),
        TEST(a_stale_version_is_rejected_with_the_current_one),
        TEST(if_match_any_wants_the_stream_to_be_there),
        TEST(the_key_is_looked_up_before_the_version_is_compared),
        TEST(correlation_and_trace_are_stored_with_the_events),
        TEST(an_invalid_trace_is_left_and_a_new_one_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
