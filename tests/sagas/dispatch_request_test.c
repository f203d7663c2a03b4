/* What the answer to a request of events means: only a result that certainly belongs to its event
 * settles it. */
#include "tests/support/claims.h"

#include "sagas/dispatch_request.h"

static struct dispatch_request *two_events(void)
{
    struct dispatch_request *request = dispatch_request_create(OUTBOX_EVENT);
    for (int64_t number = 1; number <= 2; number++) {
        const struct outbox_message row = {.number = number,
                                           .kind = OUTBOX_EVENT,
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
    struct dispatch_request *request = two_events();
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
    struct dispatch_request *request = two_events();
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
    is_not_reached(413, "{\"type\":\"/problems/body-too-large\",\"detail\":\"more than 64 KiB\"}",
                   ERR_TOO_LARGE, "answered with status 413: more than 64 KiB");
    is_not_reached(400, "<html>", ERR_UNREACHABLE, "answered with status 400: not JSON");
    is_not_reached(0, "", ERR_UNREACHABLE, "cannot be reached: connection refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_without_a_result_for_each_are_sent_again),
        cmocka_unit_test(each_event_has_the_outcome_of_its_result),
        cmocka_unit_test(an_error_is_reported_with_its_status_and_detail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
