/* What the dispatcher sends, sends again, and does not send; without a store. */
#include "tests/sagas/stored_sagas.h"
#include "tests/sagas/stub_endpoint.h"

#include "base/breaker.h"
#include "base/clock.h"
#include "sagas/dispatch_list.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define NOWHERE         "http://127.0.0.1:1" /* nobody listens there */
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

static struct outbox_row row_of(int64_t number, const char *kind)
{
    return (struct outbox_row){.number = number,
                               .kind = kind,
                               .category = "order",
                               .target = "O-1",
                               .command = "confirm",
                               .body = "{}",
                               .idempotency = "k",
                               .message = "m",
                               .correlation = "c",
                               .traceparent = "",
                               .first_sent_us = clock_now_us()};
}

static void send_item(struct dispatch_item *take_item)
{
    struct dispatch_list items;
    dispatch_list_init(&items);
    dispatch_list_add(&items, take_item);
    dispatcher_send(dispatcher, &items);
}

static void send_row(const struct outbox_row *row)
{
    send_item(dispatch_item_create(row));
}

/* The next answer has this outcome, and says this. */
static void is_answered(enum dispatch_outcome outcome, const char *reason)
{
    struct dispatch_answer *answer = NULL;
    wait_until(30, (answer = dispatcher_take(dispatcher)) != NULL);
    assert_int_equal(answer->outcome, outcome);
    if (reason)
        assert_text_contains(answer->reason.at, reason);
    assert_null(answer->next);
    dispatch_answers_destroy(answer);
}

static bool reaches(bool commands, bool events)
{
    bool reaches_commands, reaches_events;
    dispatcher_reach(dispatcher, &reaches_commands, &reaches_events);
    return reaches_commands == commands && reaches_events == events;
}

/* ---- what is tried again ---- */

static void a_breaker_opens_and_closes(void **state)
{
    (void)state;
    struct breaker breaker = {.backoff = {.first_ms = 200, .longest_ms = 10000},
                              .failures_most = 3};
    assert_int_equal(breaker_allows(&breaker, 0, 64), 64);
    assert_false(breaker_failed(&breaker, 1000));
    assert_false(breaker_failed(&breaker, 1000));
    assert_true(breaker_failed(&breaker, 1000));
    assert_true(breaker_is_open(&breaker));
    assert_int_equal(breaker_allows(&breaker, breaker.open_until_ms - 1, 64), 0);
    assert_int_equal(breaker_allows(&breaker, breaker.open_until_ms, 64), 1);
    assert_true(breaker_worked(&breaker, 2000));
    assert_int_equal(breaker_allows(&breaker, 1000, 64), 64);
}

static void what_cannot_be_reached_is_tried_behind_a_breaker(void **state)
{
    (void)state;
    const struct outbox_row row = row_of(1, "command");
    start(NOWHERE);
    send_row(&row);
    wait_until(30, reaches(false, true));
    assert_null(dispatcher_take(dispatcher));
    assert_int_equal(dispatcher_room(dispatcher), 0);
}

static void a_control_socket_that_does_not_answer_is_told_by_itself(void **state)
{
    (void)state;
    const struct outbox_row row = row_of(1, "event");
    start(stub_endpoint_url(stub));
    send_row(&row);
    wait_until(30, reaches(true, false));
    assert_null(dispatcher_take(dispatcher));
}

/* A row as a store that was away for long would hand it on. */
static void what_was_sent_longer_ago_than_keys_are_kept_is_given_up(void **state)
{
    (void)state;
    struct outbox_row row = row_of(1, "command");
    row.first_sent_us = 1;
    start(stub_endpoint_url(stub));
    send_row(&row);
    is_answered(DISPATCH_GIVEN_UP, "it may have happened");
    assert_int_equal(stub_endpoint_count(stub), 0);
}

/* ---- what is withdrawn ---- */

static void what_waits_is_not_sent_once_it_is_withdrawn(void **state)
{
    (void)state;
    const struct outbox_row row = row_of(1, "command");
    start(NOWHERE);
    send_row(&row);
    wait_until(30, reaches(false, true));
    send_item(dispatch_item_withdrawal(1));
    is_answered(DISPATCH_GIVEN_UP, "abandoned");
    wait_until(30, reaches(true, true)); /* nothing waits for it any more */
}

static void what_is_on_its_way_is_answered_though_withdrawn(void **state)
{
    (void)state;
    const struct outbox_row row = row_of(1, "command");
    start(stub_endpoint_url(stub));
    stub_endpoint_hold(stub, true);
    send_row(&row);
    wait_until(30, stub_endpoint_is_holding(stub));
    send_item(dispatch_item_withdrawal(1));
    stub_endpoint_hold(stub, false);
    is_answered(DISPATCH_ACCEPTED, NULL);
}

static void what_is_on_its_way_is_not_sent_again_once_withdrawn(void **state)
{
    (void)state;
    const struct outbox_row row = row_of(1, "command");
    start(stub_endpoint_url(stub));
    stub_endpoint_answer(stub, 503);
    stub_endpoint_hold(stub, true);
    send_row(&row);
    wait_until(30, stub_endpoint_is_holding(stub));
    send_item(dispatch_item_withdrawal(1));
    stub_endpoint_hold(stub, false);
    is_answered(DISPATCH_GIVEN_UP, "it may have happened");
}

static void what_an_earlier_runner_had_sent_for_an_abandoned_saga_is_not_sent(void **state)
{
    (void)state;
    struct outbox_row row = row_of(1, "command");
    row.withdrawn = true;
    start(stub_endpoint_url(stub));
    send_row(&row);
    is_answered(DISPATCH_GIVEN_UP, "it may have happened");
    assert_int_equal(stub_endpoint_count(stub), 0);
}

/* ---- large answers ---- */

static void an_answer_that_is_too_large_is_given_up(void **state)
{
    (void)state;
    const struct outbox_row row = row_of(1, "command");
    start(stub_endpoint_url(stub));
    stub_endpoint_pad(stub, 1100000);
    send_row(&row);
    is_answered(DISPATCH_GIVEN_UP, "answered with status 200 and more than 1 MiB");
    assert_true(reaches(true, true));
}

static void what_is_too_large_for_many_is_asked_one_by_one(void **state)
{
    (void)state;
    const struct outbox_row rows[] = {row_of(1, "command"), row_of(2, "command")};
    struct dispatch_list items;
    start(stub_endpoint_url(stub));
    stub_endpoint_pad(stub, 700000);
    dispatch_list_init(&items);
    dispatch_list_add(&items, dispatch_item_create(&rows[0]));
    dispatch_list_add(&items, dispatch_item_create(&rows[1]));
    dispatcher_send(dispatcher, &items);
    for (int answers = 0; answers < 2;) {
        struct dispatch_answer *first = NULL;
        wait_until(30, (first = dispatcher_take(dispatcher)) != NULL);
        for (const struct dispatch_answer *answer = first; answer; answer = answer->next, answers++)
            assert_int_equal(answer->outcome, DISPATCH_ACCEPTED);
        dispatch_answers_destroy(first);
    }
    assert_int_equal(stub_endpoint_count(stub), 3);
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CLAIM(a_breaker_opens_and_closes),
        CLAIM(what_cannot_be_reached_is_tried_behind_a_breaker),
        CLAIM(a_control_socket_that_does_not_answer_is_told_by_itself),
        CLAIM(what_was_sent_longer_ago_than_keys_are_kept_is_given_up),
        CLAIM(what_waits_is_not_sent_once_it_is_withdrawn),
        CLAIM(what_is_on_its_way_is_answered_though_withdrawn),
        CLAIM(what_is_on_its_way_is_not_sent_again_once_withdrawn),
        CLAIM(what_an_earlier_runner_had_sent_for_an_abandoned_saga_is_not_sent),
        CLAIM(an_answer_that_is_too_large_is_given_up),
        CLAIM(what_is_too_large_for_many_is_asked_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
