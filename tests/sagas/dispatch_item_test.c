/* What the answer to a command or question means: only the domain's own no undoes anything; what
 * the endpoint cannot accept as a command is a mistake a person must see to; the rest is tried
 * again. */
#include "sagas/dispatch_item.h"
#include "tests/support/claims.h"

static struct dispatch_item *item_of(const char *kind, const char *id)
{
    return dispatch_item_create(&(struct outbox_row){.number = 1,
                                                     .kind = kind,
                                                     .category = "payment",
                                                     .target = id,
                                                     .command = "request",
                                                     .body = "{}",
                                                     .idempotency = "k",
                                                     .message = "m",
                                                     .correlation = "c",
                                                     .traceparent = ""});
}

/* NULL: it is to be sent again. */
static struct dispatch_answer *answer_to(const char *kind, int status, const char *problem)
{
    AUTO(json) json_t *body = NULL;
    struct dispatch_item *item = item_of(kind, "O-1");
    if (problem)
        body = json_pack("{s:s+, s:i, s:s, s:[{s:s, s:s}]}", "type", "/problems/", problem,
                         "status", status, "detail", "no", "errors", "pointer", "/amount", "detail",
                         "less than 0");
    struct dispatch_answer *answer = dispatch_item_read(item, status, body);
    dispatch_item_destroy(item);
    return answer;
}

static void means(const char *kind, int status, const char *problem, enum dispatch_outcome outcome,
                  const char *reason)
{
    struct dispatch_answer *answer = answer_to(kind, status, problem);
    if (!answer)
        fail_msg("%d %s is tried again", status, problem);
    if (answer->outcome != outcome)
        fail_msg("%d %s means %d", status, problem, (int)answer->outcome);
    assert_text_contains(answer->reason.at, reason);
    dispatch_answers_destroy(answer);
}

static void comes_again(const char *kind, int status, const char *problem)
{
    if (answer_to(kind, status, problem))
        fail_msg("%d %s is an answer", status, problem ? problem : "");
}

static void only_the_domain_refuses_a_command(void **state)
{
    (void)state;
    means("command", 409, "command-refused", DISPATCH_REFUSED, "no; /amount: less than 0");
}

static void what_is_no_command_to_the_endpoint_is_given_up(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *problem;
    } mistakes[] = {{400, "bad-request"},
                    {400, "invalid-json"},
                    {400, "invalid-id"},
                    {404, "not-found"},
                    {412, "wrong-version"},
                    {413, "body-too-large"},
                    {415, "unsupported-media-type"},
                    {422, "invalid-body"},
                    {422, "idempotency-key-reused"},
                    {409, "something-new"}};
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
        means("command", mistakes[i].status, mistakes[i].problem, DISPATCH_GIVEN_UP,
              "not accepted as a command");
}

static void a_stream_that_does_not_exist_answers_a_question(void **state)
{
    (void)state;
    struct dispatch_answer *answer = answer_to("question", 404, "stream-not-found");
    assert_non_null(answer);
    assert_int_equal(answer->outcome, DISPATCH_ACCEPTED);
    assert_null(answer->state);
    dispatch_answers_destroy(answer);
    means("question", 400, "invalid-id", DISPATCH_GIVEN_UP, "not accepted as a question");
    means("question", 409, "command-refused", DISPATCH_GIVEN_UP, "not accepted as a question");
}

/* As of another route, another port, or somebody in between. */
static void no_other_404_says_that_a_stream_does_not_exist(void **state)
{
    (void)state;
    static const char *const types[] = {"about:blank", "https://proxy.example/stream-not-found",
                                        "stream-not-found", ""};
    means("question", 404, "not-found", DISPATCH_GIVEN_UP, "not accepted as a question");
    means("question", 400, "stream-not-found", DISPATCH_GIVEN_UP, "not accepted as a question");
    means("command", 404, "stream-not-found", DISPATCH_GIVEN_UP, "not accepted as a command");
    means("command", 404, "command-refused", DISPATCH_GIVEN_UP, "not accepted as a command");
    comes_again("question", 404, NULL);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        AUTO(json) json_t *body = json_pack("{s:s, s:i}", "type", types[i], "status", 404);
        struct dispatch_item *item = item_of("question", "O-1");
        assert_null(dispatch_item_read(item, 404, body));
        dispatch_item_destroy(item);
    }
}

static void a_long_refusal_is_cut(void **state)
{
    (void)state;
    char detail[3000] = {0};
    memset(detail, 'x', sizeof detail - 1);
    AUTO(json)
    json_t *body = json_pack("{s:s, s:s}", "type", "/problems/command-refused", "detail", detail);
    struct dispatch_item *item = item_of("command", "O-1");
    struct dispatch_answer *answer = dispatch_item_read(item, 409, body);
    assert_int_equal(strlen(answer->reason.at), 500);
    dispatch_answers_destroy(answer);
    dispatch_item_destroy(item);
}

static void trouble_is_tried_again(void **state)
{
    (void)state;
    comes_again("command", 0, NULL);
    comes_again("command", 503, "queue-full");
    comes_again("command", 429, "too-many-requests");
    comes_again("command", 500, "internal");
    comes_again("command", 401, "unauthorized");
    comes_again("command", 403, "forbidden");
    comes_again("command", 408, NULL);
    comes_again("command", 404, NULL); /* somebody else's */
    comes_again("command", 409, NULL);
    comes_again("command", 302, NULL);
}

static void an_acceptance_that_says_nothing_is_tried_again(void **state)
{
    (void)state;
    AUTO(json) json_t *body = json_pack("{s:s}", "hello", "world");
    static const char *const kinds[] = {"command", "question"};
    for (int i = 0; i < 2; i++) {
        struct dispatch_item *item = item_of(kinds[i], "O-1");
        assert_null(dispatch_item_read(item, 200, body));
        dispatch_item_destroy(item);
    }
}

static void an_odd_id_is_asked_about_by_its_own_path(void **state)
{
    (void)state;
    struct dispatch_item *item = item_of("question", "a b/c?d");
    assert_string_equal(item->body, "/streams/payment/a%20b%2Fc%3Fd/state");
    dispatch_item_destroy(item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_domain_refuses_a_command),
        cmocka_unit_test(what_is_no_command_to_the_endpoint_is_given_up),
        cmocka_unit_test(a_stream_that_does_not_exist_answers_a_question),
        cmocka_unit_test(no_other_404_says_that_a_stream_does_not_exist),
        cmocka_unit_test(a_long_refusal_is_cut),
        cmocka_unit_test(trouble_is_tried_again),
        cmocka_unit_test(an_acceptance_that_says_nothing_is_tried_again),
        cmocka_unit_test(an_odd_id_is_asked_about_by_its_own_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
