/* Which messages the dispatcher sends, sends again, and does not send; without a store. */
#include "tests/sagas/stored_sagas.h"
#include "tests/sagas/stub_endpoint.h"

#include "base/clock.h"
#include "sagas/dispatcher.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define NOWHERE         "http://127.0.0.1:1" /* no server listens there */
#define KEY_LIFETIME_US 60000000

static struct dispatcher *dispatcher;
static struct stub_endpoint *stub;
static int wake_fd;

static int begin(void **state)
{
    stored_sagas_setup(state);
    stub = stub_endpoint_start();
    stub_endpoint_answer(stub, 200);
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return 0;
}

static int end(void **state)
{
    dispatcher_stop(dispatcher);
    dispatcher = NULL;
    stub_endpoint_stop(stub);
    close(wake_fd);
    return stored_sagas_teardown(state);
}

static void start(const char *url)
{
    assert_ok(dispatcher_start(&(struct dispatcher_options){.base_url = url,
                                                            .data_directory = stored_sagas_data(),
                                                            .key_lifetime_us = KEY_LIFETIME_US,
                                                            .wake_fd = wake_fd},
                               &dispatcher, &error));
}

static struct outbox_message message_of(int64_t number, enum outbox_kind kind)
{
    return (struct outbox_message){.number = number,
                                   .kind = kind,
                                   .category = "loan",
                                   .target = "L-1",
                                   .command = "approve",
                                   .body = "{}",
                                   .idempotency = "k",
                                   .message = "m",
                                   .correlation = "c",
                                   .traceparent = "",
                                   .first_sent_us = clock_now_us()};
}

static void send_messages(const struct outbox_message *messages, int count)
{
    struct outbox_messages copies = {0};
    for (int i = 0; i < count; i++)
        outbox_messages_add(&copies, outbox_message_create(&messages[i]));
    dispatcher_send(dispatcher, &copies);
}

static void send_message(const struct outbox_message *message)
{
    send_messages(message, 1);
}

static bool take(struct outbox_messages *answered)
{
    dispatcher_take(dispatcher, answered);
    return answered->first != NULL;
}

/* The next answer is the only one, and has this outcome and reason. */
static void is_answered(enum outbox_outcome outcome, const char *reason)
{
    AUTO(outbox_messages) struct outbox_messages answered = {0};
    wait_until(30, take(&answered));
    assert_int_equal(answered.count, 1);
    assert_int_equal(answered.first->outcome, outcome);
    if (reason)
        assert_text_contains(answered.first->reason.at, reason);
}

static void nothing_is_answered(void)
{
    AUTO(outbox_messages) struct outbox_messages answered = {0};
    assert_false(take(&answered));
}

static bool reaches(bool commands, bool events)
{
    bool reaches_commands, reaches_events;
    dispatcher_reach(dispatcher, &reaches_commands, &reaches_events);
    return reaches_commands == commands && reaches_events == events;
}

/* ---- retries ---- */

static void an_unreachable_endpoint_opens_the_breaker(void **state)
{
    (void)state;
    const struct outbox_message message = message_of(1, OUTBOX_COMMAND);
    start(NOWHERE);
    send_message(&message);
    wait_until(30, reaches(false, true));
    nothing_is_answered();
    assert_int_equal(dispatcher_room(dispatcher), 0);
}

static void the_control_socket_has_its_own_breaker(void **state)
{
    (void)state;
    const struct outbox_message message = message_of(1, OUTBOX_EVENT);
    start(stub_endpoint_url(stub));
    send_message(&message);
    wait_until(30, reaches(true, false));
    nothing_is_answered();
}

/* As a row of a store that was restored after a long time. */
static void a_command_sent_longer_ago_than_the_key_lifetime_is_given_up(void **state)
{
    (void)state;
    struct outbox_message message = message_of(1, OUTBOX_COMMAND);
    message.first_sent_us = 1;
    start(stub_endpoint_url(stub));
    send_message(&message);
    is_answered(OUTBOX_GIVEN_UP, "may have taken effect");
    assert_int_equal(stub_endpoint_count(stub), 0);
}

/* ---- withdrawals ---- */

static void a_waiting_command_is_not_sent_once_withdrawn(void **state)
{
    (void)state;
    const struct outbox_message message = message_of(1, OUTBOX_COMMAND);
    start(NOWHERE);
    send_message(&message);
    wait_until(30, reaches(false, true));
    dispatcher_withdraw(dispatcher, 1);
    is_answered(OUTBOX_GIVEN_UP, "abandoned");
    wait_until(30, reaches(true, true)); /* no message waits for the endpoint any more */
}

static void a_command_under_way_is_answered_though_withdrawn(void **state)
{
    (void)state;
    const struct outbox_message message = message_of(1, OUTBOX_COMMAND);
    start(stub_endpoint_url(stub));
    stub_endpoint_hold(stub, true);
    send_message(&message);
    wait_until(30, stub_endpoint_is_holding(stub));
    dispatcher_withdraw(dispatcher, 1);
    stub_endpoint_hold(stub, false);
    is_answered(OUTBOX_ACCEPTED, NULL);
}

static void a_command_under_way_is_not_sent_again_once_withdrawn(void **state)
{
    (void)state;
    const struct outbox_message message = message_of(1, OUTBOX_COMMAND);
    start(stub_endpoint_url(stub));
    stub_endpoint_answer(stub, 503);
    stub_endpoint_hold(stub, true);
    send_message(&message);
    wait_until(30, stub_endpoint_is_holding(stub));
    dispatcher_withdraw(dispatcher, 1);
    stub_endpoint_hold(stub, false);
    is_answered(OUTBOX_GIVEN_UP, "may have taken effect");
}

static void a_command_that_an_earlier_runner_sent_for_an_abandoned_saga_is_not_sent(void **state)
{
    (void)state;
    struct outbox_message message = message_of(1, OUTBOX_COMMAND);
    message.withdrawn = message.left = true;
    start(stub_endpoint_url(stub));
    send_message(&message);
    is_answered(OUTBOX_GIVEN_UP, "may have taken effect");
    assert_int_equal(stub_endpoint_count(stub), 0);
}

/* ---- large answers ---- */

static void an_answer_that_is_too_large_is_given_up(void **state)
{
    (void)state;
    const struct outbox_message message = message_of(1, OUTBOX_COMMAND);
    start(stub_endpoint_url(stub));
    stub_endpoint_pad(stub, 1100000);
    send_message(&message);
    is_answered(OUTBOX_GIVEN_UP, "answered with status 200 and more than 1 MiB");
    assert_true(reaches(true, true));
}

static void commands_with_a_too_large_common_answer_are_sent_one_by_one(void **state)
{
    (void)state;
    const struct outbox_message messages[] = {message_of(1, OUTBOX_COMMAND),
                                              message_of(2, OUTBOX_COMMAND)};
    AUTO(outbox_messages) struct outbox_messages answered = {0};
    start(stub_endpoint_url(stub));
    stub_endpoint_pad(stub, 700000);
    send_messages(messages, 2);
    wait_until(30, take(&answered) && answered.count == 2);
    assert_int_equal(answered.first->outcome, OUTBOX_ACCEPTED);
    assert_int_equal(answered.last->outcome, OUTBOX_ACCEPTED);
    assert_int_equal(stub_endpoint_count(stub), 3);
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CLAIM(an_unreachable_endpoint_opens_the_breaker),
        CLAIM(the_control_socket_has_its_own_breaker),
        CLAIM(a_command_sent_longer_ago_than_the_key_lifetime_is_given_up),
        CLAIM(a_waiting_command_is_not_sent_once_withdrawn),
        CLAIM(a_command_under_way_is_answered_though_withdrawn),
        CLAIM(a_command_under_way_is_not_sent_again_once_withdrawn),
        CLAIM(a_command_that_an_earlier_runner_sent_for_an_abandoned_saga_is_not_sent),
        CLAIM(an_answer_that_is_too_large_is_given_up),
        CLAIM(commands_with_a_too_large_common_answer_are_sent_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
