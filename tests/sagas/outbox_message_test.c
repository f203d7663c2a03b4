/* The meaning of the answer to a command or question. Only a refusal by the domain is compensated; a
 * message that the endpoint rejects for its form is a mistake that an operator must correct; the
 * rest is sent again. */
#include "sagas/outbox_message.h"
#include "tests/support/claims.h"

static struct outbox_message *message_of(enum outbox_kind kind, const char *id)
{
    return outbox_message_create(&(struct outbox_message){.number = 1,
                                                          .kind = kind,
                                                          .category = "loan",
                                                          .target = id,
                                                          .command = "request",
                                                          .body = "{}",
                                                          .idempotency = "k",
                                                          .message = "m",
                                                          .correlation = "c",
                                                          .traceparent = ""});
}

/* The message, which has read its answer. */
static struct outbox_message *answer_to(enum outbox_kind kind, int status, const char *problem)
{
    AUTO(json) json_t *body = NULL;
    struct outbox_message *message = message_of(kind, "L-1");
    if (problem)
        body = json_pack("{s:s+, s:i, s:s, s:[{s:s, s:s}]}", "type", "/problems/", problem,
                         "status", status, "detail", "no", "errors", "pointer", "/copies", "detail",
                         "less than 0");
    outbox_message_read(message, status, body);
    return message;
}

static void means(enum outbox_kind kind, int status, const char *problem,
                  enum outbox_outcome outcome, const char *reason)
{
    struct outbox_message *message = answer_to(kind, status, problem);
    if (message->outcome != outcome)
        fail_msg("%d %s means %d", status, problem, (int)message->outcome);
    assert_text_contains(message->reason.at, reason);
    outbox_message_destroy(message);
}

static void comes_again(enum outbox_kind kind, int status, const char *problem)
{
    struct outbox_message *message = answer_to(kind, status, problem);
    if (message->outcome != OUTBOX_UNANSWERED)
        fail_msg("%d %s is an answer", status, problem ? problem : "");
    outbox_message_destroy(message);
}

static void only_the_domain_rejects_a_command(void **state)
{
    (void)state;
    means(OUTBOX_COMMAND, 409, "command-refused", OUTBOX_REFUSED, "no; /copies: less than 0");
}

static void a_command_rejected_for_its_form_is_given_up(void **state)
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
        means(OUTBOX_COMMAND, mistakes[i].status, mistakes[i].problem, OUTBOX_GIVEN_UP,
              "not accepted as a command");
}

static void a_stream_that_does_not_exist_answers_a_question(void **state)
{
    (void)state;
    struct outbox_message *question = answer_to(OUTBOX_QUESTION, 404, "stream-not-found");
    assert_int_equal(question->outcome, OUTBOX_ACCEPTED);
    assert_null(question->state);
    outbox_message_destroy(question);
    means(OUTBOX_QUESTION, 400, "invalid-id", OUTBOX_GIVEN_UP, "not accepted as a question");
    means(OUTBOX_QUESTION, 409, "command-refused", OUTBOX_GIVEN_UP, "not accepted as a question");
}

/* It may come from another route, another port, or a proxy. */
static void no_other_404_says_that_a_stream_does_not_exist(void **state)
{
    (void)state;
    static const char *const types[] = {"about:blank", "https://proxy.example/stream-not-found",
                                        "stream-not-found", ""};
    means(OUTBOX_QUESTION, 404, "not-found", OUTBOX_GIVEN_UP, "not accepted as a question");
    means(OUTBOX_QUESTION, 400, "stream-not-found", OUTBOX_GIVEN_UP, "not accepted as a question");
    means(OUTBOX_COMMAND, 404, "stream-not-found", OUTBOX_GIVEN_UP, "not accepted as a command");
    means(OUTBOX_COMMAND, 404, "command-refused", OUTBOX_GIVEN_UP, "not accepted as a command");
    comes_again(OUTBOX_QUESTION, 404, NULL);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        AUTO(json) json_t *body = json_pack("{s:s, s:i}", "type", types[i], "status", 404);
        struct outbox_message *question = message_of(OUTBOX_QUESTION, "L-1");
        outbox_message_read(question, 404, body);
        assert_int_equal(question->outcome, OUTBOX_UNANSWERED);
        outbox_message_destroy(question);
    }
}

static void a_long_refusal_is_cut(void **state)
{
    (void)state;
    char detail[3000] = {0};
    memset(detail, 'x', sizeof detail - 1);
    AUTO(json)
    json_t *body = json_pack("{s:s, s:s}", "type", "/problems/command-refused", "detail", detail);
    struct outbox_message *command = message_of(OUTBOX_COMMAND, "L-1");
    outbox_message_read(command, 409, body);
    assert_int_equal(strlen(command->reason.at), 500);
    outbox_message_destroy(command);
}

static void an_answer_that_says_nothing_about_the_command_is_retried(void **state)
{
    (void)state;
    comes_again(OUTBOX_COMMAND, 0, NULL);
    comes_again(OUTBOX_COMMAND, 503, "queue-full");
    comes_again(OUTBOX_COMMAND, 429, "too-many-requests");
    comes_again(OUTBOX_COMMAND, 500, "internal");
    comes_again(OUTBOX_COMMAND, 401, "unauthorized");
    comes_again(OUTBOX_COMMAND, 403, "forbidden");
    comes_again(OUTBOX_COMMAND, 408, NULL);
    comes_again(OUTBOX_COMMAND, 404, NULL); /* of another server */
    comes_again(OUTBOX_COMMAND, 409, NULL);
    comes_again(OUTBOX_COMMAND, 302, NULL);
}

static void an_acceptance_without_its_content_is_retried(void **state)
{
    (void)state;
    AUTO(json) json_t *body = json_pack("{s:s}", "hello", "world");
    for (enum outbox_kind kind = OUTBOX_COMMAND; kind <= OUTBOX_QUESTION; kind++) {
        struct outbox_message *message = message_of(kind, "L-1");
        outbox_message_read(message, 200, body);
        assert_int_equal(message->outcome, OUTBOX_UNANSWERED);
        outbox_message_destroy(message);
    }
}

static void special_characters_in_the_id_of_a_question_are_escaped(void **state)
{
    (void)state;
    struct outbox_message *question = message_of(OUTBOX_QUESTION, "a b/c?d");
    AUTO(text) struct text path = {0};
    outbox_message_write(question, &path);
    assert_string_equal(path.at, "/streams/loan/a%20b%2Fc%3Fd/state");
    outbox_message_destroy(question);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_domain_rejects_a_command),
        cmocka_unit_test(a_command_rejected_for_its_form_is_given_up),
        cmocka_unit_test(a_stream_that_does_not_exist_answers_a_question),
        cmocka_unit_test(no_other_404_says_that_a_stream_does_not_exist),
        cmocka_unit_test(a_long_refusal_is_cut),
        cmocka_unit_test(an_answer_that_says_nothing_about_the_command_is_retried),
        cmocka_unit_test(an_acceptance_without_its_content_is_retried),
        cmocka_unit_test(special_characters_in_the_id_of_a_question_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
