/* Appending external events, and reading streams. */
#include "base/json.h"
#include "tests/api/command_fixture.h"

#include <stdio.h>

#define STRUCTURED "Content-Type: application/cloudevents+json"
#define BATCH      "Content-Type: application/cloudevents-batch+json"
#define JSON_TYPE  "Content-Type: application/json"
#define NOTE       "/streams/note/N-1"
#define EVENT(id, data)                                                                            \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/test\",\"type\":\"note.added.v1\","  \
    "\"data\":" data "}"
#define GOOD "{\"text\":\"x\"}"

static struct http_call structured(const char *body)
{
    return (struct http_call){
        .method = "POST", .path = NOTE, .headers = {STRUCTURED}, .body = body};
}

static void append(struct command_fixture *fixture, const char *body)
{
    struct http_call call = structured(body);
    command_fixture_call(fixture, &call);
    assert_true(fixture->reply.status == 200 || fixture->reply.status == 201);
}

static void append_notes(struct command_fixture *fixture, int count)
{
    for (int i = 1; i <= count; i++) {
        char body[200];
        snprintf(body, sizeof body, EVENT("n-%d", "{\"text\":\"%d\"}"), i, i);
        append(fixture, body);
    }
}

static void a_structured_event_is_appended(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = structured(
        "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/test\",\"type\":\"note.added.v1\","
        "\"time\":\"2020-01-02T03:04:05Z\",\"myextension\":\"kept\",\"data\":{\"text\":\"x\"}}");
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 201);
    command_fixture_check_header(fixture, "ETag", "\"1\"");
    command_fixture_check_header(fixture, "Location", NOTE);
    command_fixture_get(fixture, NOTE);
    AUTO(json) json_t *body = http_reply_json(&fixture->reply);
    const json_t *event = json_array_get(json_object_get(body, "events"), 0);
    assert_string_equal(json_string_or(event, "id", ""), "e-1");
    assert_string_equal(json_string_or(event, "source", ""), "/test");
    assert_string_equal(json_string_or(event, "time", ""), "2020-01-02T03:04:05Z");
    assert_string_equal(json_string_or(event, "myextension", ""), "kept");
    assert_string_equal(json_string_or(event, "sequence", ""), "00000000000000000001");
}

static void data_that_takes_too_long_to_validate_is_rejected(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text body = {0};
    text_add(&body, "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/test\","
                    "\"type\":\"note.added.v1\",\"data\":{\"text\":\"x\",\"costly\":[\"\"");
    for (int i = 0; i < 400; i++)
        text_add(&body, ",\"aaaaaaaaaaaaaaaaaaaaaa!\"");
    text_add(&body, "]}}");
    struct http_call call = structured(body.at);
    command_fixture_refuses(fixture, &call, 422, "too-costly");
    assert_text_contains(fixture->reply.body.at, "steps to validate");
    call = structured(EVENT("e-1", "{\"text\":\"x\",\"costly\":[\"aab\"]}"));
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 201);
}

static void a_binary_event_is_appended(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_call(
        fixture, &(struct http_call){.method = "POST",
                                     .path = NOTE,
                                     .headers = {JSON_TYPE, "ce-specversion: 1.0", "CE-Id: b-1",
                                                 "ce-source: /test", "ce-type: note.added.v1",
                                                 "ce-subject: caf%C3%A9"},
                                     .body = GOOD});
    assert_int_equal(fixture->reply.status, 201);
    command_fixture_get(fixture, NOTE);
    assert_text_contains(fixture->reply.body.at, "\"subject\":\"caf\xc3\xa9\"");
}

static void a_key_used_for_another_binary_event_is_rejected(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {.method = "POST",
                             .path = NOTE,
                             .headers = {JSON_TYPE, "ce-specversion: 1.0", "ce-id: k-1",
                                         "ce-source: /test", "ce-type: note.added.v1",
                                         "Idempotency-Key: binary"},
                             .body = GOOD};
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 201);
    call.headers[2] = "ce-id: k-2";
    command_fixture_refuses(fixture, &call, 422, "idempotency-key-reused");
    call.headers[2] = "ce-id: k-1";
    command_fixture_call(fixture, &call);
    command_fixture_check_header(fixture, "Idempotency-Replayed", "true");
}

static void call_binary(struct command_fixture *fixture, const char *type, const char *subject)
{
    command_fixture_call(
        fixture,
        &(struct http_call){.method = "POST",
                            .path = NOTE,
                            .headers = {type, "ce-specversion: 1.0", "ce-id: q-1",
                                        "ce-source: /test", "ce-type: note.added.v1", subject},
                            .body = GOOD});
}

static void a_quoted_header_is_unquoted_and_then_decoded_once(void **state)
{
    struct command_fixture *fixture = *state;
    call_binary(fixture, JSON_TYPE, "ce-subject: \"a \\\"b\\\\ 50%2525\"");
    assert_int_equal(fixture->reply.status, 201);
    command_fixture_get(fixture, NOTE);
    assert_text_contains(fixture->reply.body.at, "\"subject\":\"a \\\"b\\\\ 50%25\"");
}

static void data_of_any_json_type_is_taken_in_binary_mode(void **state)
{
    struct command_fixture *fixture = *state;
    call_binary(fixture, "Content-Type: application/json; charset=latin1", "ce-subject: s");
    http_reply_check_problem(&fixture->reply, 415, "unsupported-media-type");
    call_binary(fixture, "Content-Type: application/vnd.acme.note+json; charset=utf-8",
                "ce-subject: s");
    assert_int_equal(fixture->reply.status, 201);
}

static void a_batch_is_appended_whole_or_not_at_all(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {.method = "POST",
                             .path = NOTE,
                             .headers = {BATCH},
                             .body = "[" EVENT("a", GOOD) "," EVENT("b", "{\"text\":1}") "]"};
    command_fixture_refuses(fixture, &call, 422, "invalid-body");
    assert_text_contains(fixture->reply.body.at, "\"/1/data/text\"");
    call.body = "[" EVENT("a", GOOD) "," EVENT("b", GOOD) "]";
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 201);
    command_fixture_check_header(fixture, "ETag", "\"2\"");
}

static void an_event_seen_before_is_answered_with_its_first_result(void **state)
{
    struct command_fixture *fixture = *state;
    append(fixture, EVENT("same", GOOD));
    struct http_call call = structured(EVENT("same", GOOD));
    call.headers[1] = "If-None-Match: *"; /* looked up before the version */
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 201);
    command_fixture_check_header(fixture, "Idempotency-Replayed", "true");
    assert_int_equal(command_desk_head(fixture->desk), 1);
}

static void invalid_events_get_an_exact_answer_and_store_nothing(void **state)
{
    static const struct {
        const char *type, *body;
        int status;
        const char *slug, *detail;
    } bad[] = {
        {STRUCTURED, "{", 400, "invalid-json", "line 1"},
        {STRUCTURED, "", 400, "invalid-json", "line"},
        {STRUCTURED, "[]", 400, "bad-request", "a CloudEvent must be a JSON object"},
        {STRUCTURED, "{\"specversion\":\"0.3\"}", 400, "bad-request", "specversion"},
        {STRUCTURED, "{\"specversion\":\"1.0\",\"source\":\"/t\",\"type\":\"note.added.v1\"}", 400,
         "bad-request", "attribute id is missing"},
        {STRUCTURED, EVENT("e", "{\"text\":7}"), 422, "invalid-body", "\"/data/text\""},
        {STRUCTURED, EVENT("e", "{}"), 422, "invalid-body", "\"/data"},
        {STRUCTURED,
         "{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"/t\",\"type\":\"note.added.v2\"}", 404,
         "not-found", "did you mean \\\"note.added.v1\\\""},
        {BATCH, "{}", 400, "bad-request", "array"},
        {BATCH, "[]", 400, "bad-request", "array"},
        {BATCH, "[7]", 400, "bad-request", "events[0]: "},
        {"Content-Type: application/cloudevents+xml", "<x/>", 415, "unsupported-media-type", "xml"},
        {"Content-Type: text/plain", "x", 415, "unsupported-media-type", "text/plain"},
        {JSON_TYPE, GOOD, 400, "bad-request",
         "attribute specversion is missing: send it as the header ce-specversion"},
    };
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_call call = {
            .method = "POST", .path = NOTE, .headers = {bad[i].type}, .body = bad[i].body};
        command_fixture_refuses(fixture, &call, bad[i].status, bad[i].slug);
        if (!strstr(fixture->reply.body.at, bad[i].detail))
            fail_msg("%s is not in %s", bad[i].detail, fixture->reply.body.at);
    }
}

static void the_media_type_of_the_data_is_kept(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call binary = {.method = "POST",
                               .path = NOTE,
                               .headers = {"Content-Type: application/vnd.acme+json",
                                           "ce-specversion: 1.0", "ce-id: b-1", "ce-source: /test",
                                           "ce-type: note.added.v1"},
                               .body = GOOD};
    command_fixture_call(fixture, &binary);
    assert_int_equal(fixture->reply.status, 201);
    append(fixture, EVENT("s-1", GOOD));
    command_fixture_get(fixture, NOTE);
    AUTO(json) json_t *body = http_reply_json(&fixture->reply);
    const json_t *events = json_object_get(body, "events");
    assert_string_equal(json_string_or(json_array_get(events, 0), "datacontenttype", ""),
                        "application/vnd.acme+json");
    assert_string_equal(json_string_or(json_array_get(events, 1), "datacontenttype", ""),
                        "application/json");
}

static void data_that_is_not_json_is_rejected(void **state)
{
#define OTHER(member)                                                                              \
    "{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"/t\",\"type\":\"note.added.v1\"," member "}"
    static const char *const bad[][2] = {
        {OTHER("\"datacontenttype\":\"text/plain\",\"data\":\"x\""),
         "datacontenttype is text/plain"},
        {OTHER("\"data_base64\":\"AAE=\""), "data_base64"},
    };
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_call call = structured(bad[i][0]);
        command_fixture_refuses(fixture, &call, 415, "unsupported-media-type");
        assert_text_contains(fixture->reply.body.at, bad[i][1]);
        assert_text_contains(fixture->reply.body.at, "must be JSON");
    }
}

static void invalid_binary_headers_are_reported(void **state)
{
    static const char *const bad[] = {"ce-data: {}", "ce-datacontenttype: x", "ce-subject: %C3",
                                      "ce-source: /again", "ce-sub-ject: x"};
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_call call = {.method = "POST",
                                 .path = NOTE,
                                 .headers = {JSON_TYPE, "ce-specversion: 1.0", "ce-id: b-1",
                                             "ce-source: /test", "ce-type: note.added.v1", bad[i]},
                                 .body = GOOD};
        command_fixture_refuses(fixture, &call, 400, "bad-request");
    }
}

static void a_category_with_commands_rejects_external_events(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = structured(EVENT("e", GOOD));
    call.path = "/streams/loan/L-1";
    command_fixture_refuses(fixture, &call, 409, "command-refused");
    assert_text_contains(fixture->reply.body.at, "add-book");
    call.path = "/streams/saga/L-1";
    command_fixture_refuses(fixture, &call, 409, "command-refused");
    assert_text_contains(fixture->reply.body.at, "reserved");
}

static void types_that_commands_decide_are_rejected_in_other_categories(void **state)
{
    static const char *const types[] = {"loan.approved.v1", "shelf.held.v1", "saga.ended.v1"};
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        AUTO(text) struct text body = {0};
        text_printf(&body,
                    "[" EVENT("e", GOOD) ",{\"specversion\":\"1.0\",\"id\":\"f\",\"source\":\"/t\","
                                         "\"type\":\"%s\",\"data\":{}}]",
                    types[i]);
        struct http_call call = {
            .method = "POST", .path = NOTE, .headers = {BATCH}, .body = body.at};
        command_fixture_refuses(fixture, &call, 409, "command-refused");
        assert_text_contains(fixture->reply.body.at, i < 2 ? "use another event type" : "reserved");
    }
}

static void the_cause_comes_from_the_event_or_else_from_the_request(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {
        .method = "POST",
        .path = NOTE,
        .headers = {STRUCTURED, "Correlation-Id: of-the-request", "Causation-Id: cause",
                    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        .body =
            "{\"specversion\":\"1.0\",\"id\":\"c\",\"source\":\"/t\",\"type\":\"note.added.v1\","
            "\"correlationid\":\"own\",\"traceparent\":\"nonsense\",\"data\":{\"text\":\"x\"}}"};
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 201);
    command_fixture_get(fixture, NOTE);
    assert_text_contains(fixture->reply.body.at, "\"correlationid\":\"own\"");
    assert_text_contains(fixture->reply.body.at, "\"causationid\":\"cause\"");
    assert_text_contains(fixture->reply.body.at, "\"traceparent\":\"00-0af7651916cd43dd8448eb");
    assert_null(strstr(fixture->reply.body.at, "nonsense"));
    assert_null(strstr(fixture->reply.body.at, "of-the-request"));
}

static void an_append_may_expect_a_version(void **state)
{
    struct command_fixture *fixture = *state;
    append_notes(fixture, 2);
    struct http_call call = structured(EVENT("third", GOOD));
    call.headers[1] = "If-Match: \"1\"";
    command_fixture_refuses(fixture, &call, 412, "wrong-version");
    command_fixture_check_header(fixture, "ETag", "\"2\"");
    call.headers[1] = "If-Match: \"2\"";
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 200);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Follows the Links from the path on; writes each event's version into `out`, ended with a 0. */
static void read_versions(struct command_fixture *fixture, const char *path, int64_t out[20])
{
    AUTO(string) char *next = strdup(path);
    size_t count = 0;
    while (next) {
        command_fixture_get(fixture, next);
        assert_int_equal(fixture->reply.status, 200);
        AUTO(json) json_t *body = http_reply_json(&fixture->reply);
        size_t i;
        const json_t *event;
        json_array_foreach (json_object_get(body, "events"), i, event) {
            assert_true(count < 19);
            out[count++] = json_int_or(event, "streamversion", 0);
        }
        const char *link = http_reply_header(&fixture->reply, "Link");
        const char *cursor = json_string_or(body, "next_cursor", NULL);
        assert_true(!link == !cursor);
        if (cursor)
            assert_text_contains(link, cursor);
        free(next);
        next = link ? strndup(link + 1, strcspn(link + 1, ">")) : NULL;
    }
    out[count] = 0;
}

static void a_stream_is_read_page_by_page_in_both_directions(void **state)
{
    struct command_fixture *fixture = *state;
    int64_t seen[20];
    append_notes(fixture, 5);
    read_versions(fixture, NOTE "?limit=2", seen);
    assert_memory_equal(seen, ((int64_t[]){1, 2, 3, 4, 5, 0}), 6 * sizeof *seen);
    read_versions(fixture, NOTE "?limit=2&direction=backward", seen);
    assert_memory_equal(seen, ((int64_t[]){5, 4, 3, 2, 1, 0}), 6 * sizeof *seen);
    read_versions(fixture, NOTE "?from=4", seen);
    assert_memory_equal(seen, ((int64_t[]){4, 5, 0}), 3 * sizeof *seen);
    read_versions(fixture, NOTE "?from=2&direction=backward", seen);
    assert_memory_equal(seen, ((int64_t[]){2, 1, 0}), 3 * sizeof *seen);
    read_versions(fixture, NOTE "?from=9", seen);
    assert_int_equal(seen[0], 0);
}

static void a_stream_is_read_in_the_form_accept_wants(void **state)
{
    struct command_fixture *fixture = *state;
    struct http_call call = {.path = NOTE "?limit=2"};
    append_notes(fixture, 3);
    call.headers[0] = "Accept: application/cloudevents-batch+json";
    command_fixture_call(fixture, &call);
    command_fixture_check_header(fixture, "Content-Type", "application/cloudevents-batch+json");
    assert_text_contains(http_reply_header(&fixture->reply, "Link"), "<" NOTE "?limit=2&cursor=");
    AUTO(json) json_t *batch = http_reply_json(&fixture->reply);
    assert_int_equal(json_array_size(batch), 2);
    call.headers[0] = "Accept: application/x-ndjson";
    command_fixture_call(fixture, &call);
    command_fixture_check_header(fixture, "Content-Type", "application/x-ndjson");
    assert_non_null(strstr(fixture->reply.body.at, "}\n{\"specversion\""));
    call.headers[0] = "Accept: text/html";
    command_fixture_refuses(fixture, &call, 406, "not-acceptable");
}

static void a_stream_that_did_not_change_is_not_sent_again(void **state)
{
    struct command_fixture *fixture = *state;
    append_notes(fixture, 1);
    struct http_call call = {.path = NOTE, .headers = {"If-None-Match: \"7\", W/\"1\""}};
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 304);
    assert_int_equal(fixture->reply.body.length, 0);
    command_fixture_check_header(fixture, "ETag", "\"1\"");
    call.headers[0] = "If-None-Match: \"7\"";
    command_fixture_call(fixture, &call);
    assert_int_equal(fixture->reply.status, 200);
}

static void invalid_reads_get_an_exact_answer(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *slug;
    } bad[] = {
        {NOTE "?from=0", 400, "invalid-parameter"},
        {NOTE "?from=x", 400, "invalid-parameter"},
        {NOTE "?limit=0", 400, "invalid-parameter"},
        {NOTE "?limit=1001", 400, "invalid-parameter"},
        {NOTE "?limit=1&limit=2", 400, "invalid-parameter"},
        {NOTE "?direction=up", 400, "invalid-parameter"},
        {NOTE "?form=1", 400, "invalid-parameter"},
        {NOTE "?from=%00", 400, "invalid-parameter"},
        {"/streams/note/N-2", 404, "stream-not-found"},
        {"/streams/note/N%2F2", 400, "invalid-id"},
        {"/streams/note/N-1/state", 404, "not-found"},
        {"/streams/loan/L-9/state", 404, "stream-not-found"},
        {"/streams/loan/L-1/state?version=0", 400, "invalid-parameter"},
        {"/streams/loan/L-1/state?version=3", 404, "not-found"},
        {"/streams/loan/L-1/state?at=yesterday", 400, "invalid-parameter"},
        {"/streams/loan/L-1/state?at=2000-01-01T00:00:00Z", 404, "stream-not-found"},
        {"/streams/loan/L-1/state?at=1970-01-01T00:00:00Z", 404, "stream-not-found"},
        {"/streams/loan/L-1/state?at=1969-12-31T23:59:59Z", 404, "stream-not-found"},
        {"/streams/loan/L-1/state?version=1&at=2000-01-01T00:00:00Z", 400, "invalid-parameter"},
        {"/streams/note?cursor=nonsense", 400, "invalid-cursor"},
        {NOTE "?cursor=nonsense", 400, "invalid-cursor"},
    };
    struct command_fixture *fixture = *state;
    append_notes(fixture, 1);
    command_fixture_post(fixture, "/commands/loan/L-1/open", LOAN_BODY);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        command_fixture_get(fixture, bad[i].path);
        if (fixture->reply.status != bad[i].status)
            fail_msg("%s: %s", bad[i].path, fixture->reply.body.at);
        http_reply_check_problem(&fixture->reply, bad[i].status, bad[i].slug);
    }
}

static void state_is_shown_now_and_as_it_was(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_post(fixture, "/commands/loan/L-1/open", LOAN_BODY);
    command_fixture_post(fixture, "/commands/loan/L-1/request", "");
    command_fixture_get(fixture, "/streams/loan/L-1/state");
    assert_int_equal(fixture->reply.status, 200);
    command_fixture_check_header(fixture, "ETag", "\"3\"");
    assert_text_contains(fixture->reply.body.at, "\"version\":3");
    assert_text_contains(fixture->reply.body.at, "requested");
    command_fixture_get(fixture, "/streams/loan/L-1/state?version=1");
    command_fixture_check_header(fixture, "ETag", "\"1\"");
    assert_null(strstr(fixture->reply.body.at, "B-1"));
    command_fixture_get(fixture, "/streams/loan/L-1/state?at=2999-01-01T00:00:00Z");
    command_fixture_check_header(fixture, "ETag", "\"3\"");
}

static void the_streams_of_a_category_are_listed_page_by_page(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text seen = {0}, path = {0};
    for (int i = 1; i <= 5; i++) {
        char target[40], body[200];
        snprintf(target, sizeof target, "/streams/note/N-%d", i);
        snprintf(body, sizeof body, EVENT("n-%d", GOOD), i);
        struct http_call call = structured(body);
        call.path = target;
        command_fixture_call(fixture, &call);
    }
    text_add(&path, "/streams/note?limit=2");
    while (path.length) {
        command_fixture_get(fixture, path.at);
        AUTO(json) json_t *body = http_reply_json(&fixture->reply);
        size_t i;
        const json_t *stream;
        json_array_foreach (json_object_get(body, "streams"), i, stream)
            text_printf(&seen, "%s ", json_string_or(stream, "id", ""));
        const char *cursor = json_string_or(body, "next_cursor", NULL);
        text_clear(&path);
        if (cursor)
            text_printf(&path, "/streams/note?limit=2&cursor=%s", cursor);
    }
    assert_string_equal(seen.at, "N-1 N-2 N-3 N-4 N-5 ");
    command_fixture_get(fixture, "/streams/nothing");
    assert_string_equal(fixture->reply.body.at, "{\"streams\":[]}");
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_structured_event_is_appended),
        TEST(data_that_takes_too_long_to_validate_is_rejected),
        TEST(a_binary_event_is_appended),
        TEST(a_key_used_for_another_binary_event_is_rejected),
        TEST(a_quoted_header_is_unquoted_and_then_decoded_once),
        TEST(data_of_any_json_type_is_taken_in_binary_mode),
        TEST(a_batch_is_appended_whole_or_not_at_all),
        TEST(an_event_seen_before_is_answered_with_its_first_result),
        TEST(invalid_events_get_an_exact_answer_and_store_nothing),
        TEST(the_media_type_of_the_data_is_kept),
        TEST(data_that_is_not_json_is_rejected),
        TEST(invalid_binary_headers_are_reported),
        TEST(a_category_with_commands_rejects_external_events),
        TEST(types_that_commands_decide_are_rejected_in_other_categories),
        TEST(the_cause_comes_from_the_event_or_else_from_the_request),
        TEST(an_append_may_expect_a_version),
        TEST(a_stream_is_read_page_by_page_in_both_directions),
        TEST(a_stream_is_read_in_the_form_accept_wants),
        TEST(a_stream_that_did_not_change_is_not_sent_again),
        TEST(invalid_reads_get_an_exact_answer),
        TEST(state_is_shown_now_and_as_it_was),
        TEST(the_streams_of_a_category_are_listed_page_by_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
