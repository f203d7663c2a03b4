/* The meaning of the answer to a request: an event has an outcome only if a result certainly belongs to
 * it; messages that are rejected together are sent again one by one. */
#include "tests/support/claims.h"

#include "sagas/dispatch_request.h"

static struct dispatch_request *request_of(enum outbox_kind kind, int count)
{
    struct dispatch_request *request = dispatch_request_create(kind);
    for (int64_t number = 1; number <= count; number++) {
        const struct outbox_message row = {.number = number,
                                           .kind = kind,
                                           .category = "saga",
                                           .target = "L-1",
                                           .command = "saga.started.v1",
                                           .body = "{}",
                                           .idempotency = "k",
                                           .message = "m",
                                           .correlation = "c",
                                           .traceparent = ""};
        assert_true(dispatch_request_add(request, outbox_message_create(&row)));
    }
    return request;
}

/* An answer that leaves both events to be sent again, and the error it is reported with. */
static void is_not_reached(int status, const char *body, enum err expected, const char *part)
{
    struct dispatch_request *request = request_of(OUTBOX_EVENT, 2);
    const struct http_call_answer answer = {
        .status = status, .body = slice_of(body), .trouble = "connection refused"};
    struct error why = {0};
    assert_int_equal(dispatch_request_read(request, &answer, &why), expected);
    assert_text_contains(why.text, part);
    assert_int_equal(request->messages.first->outcome, OUTBOX_UNANSWERED);
    assert_int_equal(request->messages.last->outcome, OUTBOX_UNANSWERED);
    dispatch_request_destroy(request);
}

static void events_without_a_result_for_each_are_sent_again(void **state)
{
    (void)state;
    is_not_reached(200, "{}", ERR_UNREACHABLE, "0 results");
    is_not_reached(200, "", ERR_UNREACHABLE, "0 results");
    is_not_reached(200, "{\"results\":[]}", ERR_UNREACHABLE, "0 results");
    is_not_reached(200, "{\"results\":[\"\"]}", ERR_UNREACHABLE, "1 results");
    is_not_reached(200, "{\"results\":[\"\",null]}", ERR_UNREACHABLE, "1 of them texts");
    is_not_reached(200, "{\"results\":[\"\",7]}", ERR_UNREACHABLE, "1 of them texts");
    is_not_reached(200, "{\"results\":[\"\",\"\",\"\"]}", ERR_UNREACHABLE, "3 results");
    is_not_reached(200, "{\"results\":[\"\",\"\",7]}", ERR_UNREACHABLE, "3 results, 2");
}

static void each_event_has_the_outcome_of_its_result(void **state)
{
    (void)state;
    struct dispatch_request *request = request_of(OUTBOX_EVENT, 2);
    const struct http_call_answer answer = {
        .status = 200, .body = slice_of("{\"results\":[\"\",\"unknown event type\"]}")};
    assert_ok(dispatch_request_read(request, &answer, &error));
    assert_int_equal(request->messages.first->outcome, OUTBOX_ACCEPTED);
    assert_int_equal(request->messages.last->outcome, OUTBOX_REFUSED);
    assert_string_equal(request->messages.last->reason.at, "unknown event type");
    dispatch_request_destroy(request);
}

static void an_error_is_reported_with_its_status_and_detail(void **state)
{
    (void)state;
    is_not_reached(503, "{\"type\":\"/problems/disk-full\",\"detail\":\"no space\"}", ERR_DISK_FULL,
                   "answered with status 503: no space");
    is_not_reached(413, "{\"detail\":\"of a proxy\"}", ERR_UNREACHABLE,
                   "answered with status 413: of a proxy");
    is_not_reached(404, "{\"type\":\"/problems/not-found\",\"detail\":\"no route\"}", ERR_NOT_FOUND,
                   "answered with status 404: no route");
    is_not_reached(400, "<html>", ERR_UNREACHABLE, "answered with status 400: not JSON");
    is_not_reached(0, "", ERR_UNREACHABLE, "cannot be reached: connection refused");
}

static const char too_large[] =
    "{\"type\":\"/problems/body-too-large\",\"detail\":\"more than 64 KiB\"}";

/* The request with the answer 413; the caller destroys it. */
static struct dispatch_request *rejected(enum outbox_kind kind, int count)
{
    struct dispatch_request *request = request_of(kind, count);
    const struct http_call_answer answer = {.status = 413, .body = slice_of(too_large)};
    assert_ok(dispatch_request_read(request, &answer, &error));
    return request;
}

static void messages_rejected_together_are_sent_again_alone(void **state)
{
    (void)state;
    static const enum outbox_kind kinds[] = {OUTBOX_COMMAND, OUTBOX_EVENT};
    for (size_t i = 0; i < 2; i++) {
        struct dispatch_request *many = rejected(kinds[i], 2);
        struct dispatch_request *alone = dispatch_request_create(kinds[i]);
        struct outbox_message *first = outbox_messages_take(&many->messages);
        assert_int_equal(first->outcome, OUTBOX_UNANSWERED);
        assert_int_equal(many->messages.first->outcome, OUTBOX_UNANSWERED);
        assert_int_equal(first->tries, 0);
        assert_true(dispatch_request_add(alone, first));
        assert_false(dispatch_request_add(alone, many->messages.first));
        dispatch_request_destroy(alone);
        dispatch_request_destroy(many);
    }
}

static void an_event_rejected_alone_is_rejected_with_the_reason(void **state)
{
    (void)state;
    struct dispatch_request *request = rejected(OUTBOX_EVENT, 1);
    assert_int_equal(request->messages.first->outcome, OUTBOX_REFUSED);
    assert_string_equal(request->messages.first->reason.at,
                        "answered with status 413: more than 64 KiB");
    dispatch_request_destroy(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_without_a_result_for_each_are_sent_again),
        cmocka_unit_test(each_event_has_the_outcome_of_its_result),
        cmocka_unit_test(an_error_is_reported_with_its_status_and_detail),
        cmocka_unit_test(messages_rejected_together_are_sent_again_alone),
        cmocka_unit_test(an_event_rejected_alone_is_rejected_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
