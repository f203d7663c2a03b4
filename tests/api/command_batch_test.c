/* Many commands in one request: each is done and answered for itself. */
#include "base/json.h"
#include "tests/api/command_fixture.h"

#include <stdio.h>

#define JSON_TYPE       "Content-Type: application/json"
#define STOCK(id, rest) "{\"category\":\"shelf\",\"id\":\"" id "\",\"command\":\"stock\"" rest "}"
#define TEN             ",\"data\":{\"copies\":10}"

static void post(struct command_fixture *fixture, const char *commands)
{
    AUTO(text) struct text body = {0};
    text_printf(&body, "{\"commands\":[%s]}", commands);
    command_fixture_post(fixture, "/commands", body.at);
}

/* The number-th answer, which must have this status; borrowed from *ret_reply. */
static const json_t *answer_at(struct command_fixture *fixture, json_t **ret_reply, size_t number,
                               int status)
{
    json_decref(*ret_reply);
    *ret_reply = http_reply_json(&fixture->reply);
    const json_t *answer = json_array_get(json_object_get(*ret_reply, "answers"), number);
    if (fixture->reply.status != 200 || json_int_or(answer, "status", 0) != status)
        fail_msg("%d %s", fixture->reply.status, fixture->reply.body.at);
    return answer;
}

/* It must be refused with this problem, in whose text `detail` stands. */
static void check_refused(struct command_fixture *fixture, size_t number, int status,
                          const char *slug, const char *detail)
{
    AUTO(json) json_t *reply = NULL;
    AUTO(text) struct text whole = {0};
    const json_t *problem = json_object_get(answer_at(fixture, &reply, number, status), "body");
    assert_text_contains(json_string_or(problem, "type", ""), slug);
    assert_int_equal(json_int_or(problem, "status", 0), status);
    json_write(problem, &whole);
    assert_text_contains(whole.at, detail);
}

static void each_command_is_answered_as_if_it_were_alone(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(json) json_t *reply = NULL;
    post(fixture, STOCK("B-1", TEN) "," STOCK("B-1", TEN) "," STOCK("B-2", TEN));
    const json_t *body = json_object_get(answer_at(fixture, &reply, 0, 201), "body");
    assert_string_equal(json_string_or(body, "stream", ""), "shelf/B-1");
    assert_int_equal(json_int_or(body, "version", 0), 1);
    body = json_object_get(answer_at(fixture, &reply, 1, 200), "body");
    assert_int_equal(json_int_or(body, "version", 0), 2);
    assert_int_equal(json_int_or(body, "position", 0), 2);
    body = json_object_get(answer_at(fixture, &reply, 2, 201), "body");
    assert_string_equal(json_string_or(body, "stream", ""), "shelf/B-2");
    assert_int_equal(command_desk_head(fixture->desk), 3);
}

static void an_invalid_command_does_not_affect_the_others(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(json) json_t *reply = NULL;
    /* clang-format off */
    post(fixture, "7,"
        STOCK("B 1", TEN) ","
        STOCK("B-1", ",\"data\":{\"copies\":0}") ","
        "{\"category\":\"shelf\",\"id\":\"B-1\",\"command\":\"stok\"},"
        "{\"category\":\"shelff\",\"id\":\"B-1\",\"command\":\"stock\"},"
        "{\"category\":\"loan\",\"id\":\"L-1\",\"command\":\"lend\"},"
        STOCK("B-1", ",\"expectedVersion\":5" TEN) ","
        STOCK("B-1", ",\"copies\":1") ","
        STOCK("B-1", ",\"d\\u0061ta\":{\"copies\":1}") ","
        STOCK("B-1", ",\"idempotencyKey\":\"a b\"" TEN) ","
        STOCK("B-1", TEN));
    /* clang-format on */
    check_refused(fixture, 0, 422, "/invalid-body", "\"detail\":\"commands[0]: ");
    check_refused(fixture, 1, 422, "/invalid-body", "\"/commands/1/id\"");
    check_refused(fixture, 2, 422, "/invalid-body", "\"pointer\":\"/copies\"");
    check_refused(fixture, 3, 404, "/not-found", "did you mean \\\"stock\\\"");
    check_refused(fixture, 4, 404, "/not-found", "did you mean \\\"shelf\\\"");
    check_refused(fixture, 5, 409, "/command-refused", "L-1");
    check_refused(fixture, 6, 412, "/wrong-version", "\"currentVersion\":0");
    check_refused(fixture, 7, 422, "/invalid-body", "copies");
    check_refused(fixture, 8, 400, "/bad-request", "commands[8]: ");
    check_refused(fixture, 9, 422, "/invalid-body", "\"/commands/9/idempotencyKey\"");
    answer_at(fixture, &reply, 10, 201);
    assert_int_equal(command_desk_head(fixture->desk), 1);
}

static void a_batch_of_invalid_commands_gets_a_problem_for_each(void **state)
{
    struct command_fixture *fixture = *state;
    post(fixture, "{},null");
    check_refused(fixture, 0, 422, "/invalid-body", "category");
    check_refused(fixture, 1, 422, "/invalid-body", "object");
    assert_int_equal(command_desk_head(fixture->desk), 0);
}

static void a_body_that_is_not_a_batch_is_rejected_as_a_whole(void **state)
{
    static const char *const bodies[] = {"{}",
                                         "[]",
                                         "{\"commands\":[]}",
                                         "{\"commands\":{}}",
                                         "{\"commands\":[{}],\"more\":1}",
                                         "{\"c\\u006fmmands\":[{}]}"};
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct http_call call = {
            .method = "POST", .path = "/commands", .headers = {JSON_TYPE}, .body = bodies[i]};
        command_fixture_refuses(fixture, &call, 422, "invalid-body");
        assert_text_contains(fixture->reply.body.at, "1 to 256 commands");
    }
    AUTO(text) struct text many = {0};
    text_add(&many, "{\"commands\":[{}");
    for (int i = 0; i < 256; i++)
        text_add(&many, ",{}");
    text_add(&many, "]}");
    struct http_call call = {
        .method = "POST", .path = "/commands", .headers = {JSON_TYPE}, .body = many.at};
    command_fixture_refuses(fixture, &call, 422, "invalid-body");
}

static void headers_that_each_command_replaces_are_rejected(void **state)
{
    static const char *const headers[][2] = {{"Idempotency-Key: k", "idempotencyKey"},
                                             {"If-Match: \"1\"", "expectedVersion"},
                                             {"If-None-Match: *", "expectedVersion"}};
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct http_call call = {.method = "POST",
                                 .path = "/commands",
                                 .headers = {JSON_TYPE, headers[i][0]},
                                 .body = "{\"commands\":[" STOCK("B-1", TEN) "]}"};
        command_fixture_refuses(fixture, &call, 400, "bad-request");
        assert_text_contains(fixture->reply.body.at, headers[i][1]);
    }
}

static void a_repeat_gets_the_first_response_in_either_form(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(json) json_t *reply = NULL;
    const char *keyed = STOCK("B-1", ",\"idempotencyKey\":\"k-1\",\"correlationId\":\"c-1\"" TEN);
    post(fixture, keyed);
    assert_null(json_object_get(answer_at(fixture, &reply, 0, 201), "replayed"));
    post(fixture, keyed);
    const json_t *answer = answer_at(fixture, &reply, 0, 201);
    assert_true(json_is_true(json_object_get(answer, "replayed")));
    assert_string_equal(json_string_or(answer, "correlationId", ""), "c-1");
    command_fixture_call(fixture,
                         &(struct http_call){.method = "POST",
                                             .path = "/commands/shelf/B-1/stock",
                                             .headers = {JSON_TYPE, "Idempotency-Key: k-1"},
                                             .body = "{\"copies\":10}"});
    assert_int_equal(fixture->reply.status, 201);
    command_fixture_check_header(fixture, "Idempotency-Replayed", "true");
    post(fixture, STOCK("B-1", ",\"idempotencyKey\":\"k-1\",\"data\":{\"copies\":11}"));
    check_refused(fixture, 0, 422, "/idempotency-key-reused", "k-1");
    assert_int_equal(command_desk_head(fixture->desk), 1);
}

static void a_repeat_finds_the_id_the_server_chose(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(json) json_t *first = NULL;
    AUTO(json) json_t *second = NULL;
    const char *keyed = "{\"category\":\"shelf\",\"command\":\"stock\","
                        "\"idempotencyKey\":\"k-1\"" TEN "}";
    post(fixture, keyed);
    const json_t *chosen = json_object_get(answer_at(fixture, &first, 0, 201), "body");
    post(fixture, keyed);
    const json_t *again = json_object_get(answer_at(fixture, &second, 0, 201), "body");
    assert_true(json_equal(chosen, again));
    assert_int_equal(strlen(json_string_or(chosen, "stream", "")), strlen("shelf/") + 36);
}

static void expected_version_0_wants_no_stream(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(json) json_t *reply = NULL;
    const char *first = STOCK("B-1", ",\"expectedVersion\":0" TEN);
    post(fixture, first);
    answer_at(fixture, &reply, 0, 201);
    post(fixture, first);
    check_refused(fixture, 0, 412, "/wrong-version", "\"currentVersion\":1");
    post(fixture, STOCK("B-1", ",\"expectedVersion\":1" TEN));
    answer_at(fixture, &reply, 0, 200);
}

static void ids_and_trace_are_each_commands_own_or_the_batchs(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_call(
        fixture,
        &(struct http_call){
            .method = "POST",
            .path = "/commands",
            .headers = {JSON_TYPE, "Correlation-Id: all", "Causation-Id: cause",
                        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
            .body = "{\"commands\":[" STOCK("B-1", TEN) "," STOCK(
                "B-2", ",\"correlationId\":\"own\",\"causationId\":\"own-cause\",\"traceparent\":"
                       "\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"" TEN) "]}"});
    command_fixture_get(fixture, "/streams/shelf/B-1");
    assert_text_contains(fixture->reply.body.at, "\"correlationid\":\"all\"");
    assert_text_contains(fixture->reply.body.at, "\"causationid\":\"cause\"");
    assert_text_contains(fixture->reply.body.at, "0af7651916cd43dd8448eb211c80319c");
    command_fixture_get(fixture, "/streams/shelf/B-2");
    assert_text_contains(fixture->reply.body.at, "\"correlationid\":\"own\"");
    assert_text_contains(fixture->reply.body.at, "\"causationid\":\"own-cause\"");
    assert_text_contains(fixture->reply.body.at, "4bf92f3577b34da6a3ce929d0e0e4736");
}

static void without_ids_a_batch_is_one_story(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(json) json_t *reply = NULL;
    post(fixture, STOCK("B-1", TEN) "," STOCK("B-2", TEN));
    AUTO(text) struct text first = {0};
    text_add(&first, json_string_or(answer_at(fixture, &reply, 0, 201), "correlationId", ""));
    assert_int_equal(first.length, 36);
    assert_string_equal(json_string_or(answer_at(fixture, &reply, 1, 201), "correlationId", ""),
                        first.at);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_command_is_answered_as_if_it_were_alone),
        TEST(an_invalid_command_does_not_affect_the_others),
        TEST(a_batch_of_invalid_commands_gets_a_problem_for_each),
        TEST(a_body_that_is_not_a_batch_is_rejected_as_a_whole),
        TEST(headers_that_each_command_replaces_are_rejected),
        TEST(a_repeat_gets_the_first_response_in_either_form),
        TEST(a_repeat_finds_the_id_the_server_chose),
        TEST(expected_version_0_wants_no_stream),
        TEST(ids_and_trace_are_each_commands_own_or_the_batchs),
        TEST(without_ids_a_batch_is_one_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
