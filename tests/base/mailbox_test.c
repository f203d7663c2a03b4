/* Requests to another thread: the caller asks again or waits; each is carried out and answered once. */
#include "tests/support/claims.h"

#include "base/mailbox.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct request {
    int number;
};

static const struct request eight = {8}, nine = {9};

static bool is_same(const void *a, const void *b)
{
    return ((const struct request *)a)->number == ((const struct request *)b)->number;
}

static int setup(void **state)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    REQUIRE(mailbox);
    mailbox_init(mailbox,
                 &(struct mailbox_options){.request_bytes = sizeof(struct request),
                                           .is_same = is_same,
                                           .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)});
    *state = mailbox;
    return 0;
}

static int teardown(void **state)
{
    struct mailbox *mailbox = *state;
    close(mailbox->options.wake_fd);
    mailbox_finish(mailbox);
    free(mailbox);
    return 0;
}

static void a_request_wakes_the_owner_and_is_taken_once(void **state)
{
    struct mailbox *mailbox = *state;
    struct request taken;
    uint64_t woken = 0;
    assert_false(mailbox_take(mailbox, &taken));
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &eight, &error));
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &eight, &error));
    assert_int_equal(read(mailbox->options.wake_fd, &woken, sizeof woken), sizeof woken);
    assert_int_equal(woken, 1);
    assert_true(mailbox_take(mailbox, &taken));
    assert_int_equal(taken.number, 8);
    assert_false(mailbox_take(mailbox, &taken));
    assert_err(ERR_NOT_READY, mailbox_ask(mailbox, &eight, &error)); /* the owner has started it */
}

static void only_the_thread_that_asked_gets_the_answer(void **state)
{
    struct mailbox *mailbox = *state;
    struct request taken;
    struct error why = {0};
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &eight, &error));
    assert_true(mailbox_take(mailbox, &taken));
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &nine, &error)); /* one at a time */
    error_set(&why, ERR_OTHER_LOG, "no");
    mailbox_answer(mailbox, ERR_OTHER_LOG, &why);
    assert_err(ERR_OTHER_LOG, mailbox_ask(mailbox, &eight, &error));
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &eight, &error)); /* a new request */
}

static void the_next_request_replaces_an_answer_that_was_not_fetched(void **state)
{
    struct mailbox *mailbox = *state;
    struct request taken;
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &eight, &error));
    assert_true(mailbox_take(mailbox, &taken));
    mailbox_answer(mailbox, OK, NULL);
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &nine, &error));
    assert_true(mailbox_take(mailbox, &taken));
    assert_int_equal(taken.number, 9);
    mailbox_answer(mailbox, OK, NULL);
    assert_ok(mailbox_ask(mailbox, &nine, &error));
}

/* ---- a mailbox that waits ---- */

static void a_request_that_is_not_started_in_time_is_taken_back(void **state)
{
    struct mailbox *mailbox = *state;
    struct request taken;
    mailbox->options.wait_ms = 1;
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &eight, &error));
    assert_false(mailbox_take(mailbox, &taken));
}

static void *work_on_one(void *mailbox_)
{
    struct mailbox *mailbox = mailbox_;
    struct request taken;
    struct error why = {0};
    wait_until(20, mailbox_take(mailbox, &taken));
    enum err busy = mailbox_ask(mailbox, &nine, NULL); /* one at a time */
    error_set(&why, busy == ERR_BUSY ? ERR_OTHER_LOG : ERR_INTERNAL, "no");
    mailbox_answer(mailbox, why.code, &why);
    return NULL;
}

static void a_waiting_request_is_carried_out_once(void **state)
{
    struct mailbox *mailbox = *state;
    struct request taken;
    pthread_t owner;
    mailbox->options.wait_ms = 20000;
    assert_int_equal(pthread_create(&owner, NULL, work_on_one, mailbox), 0);
    assert_err(ERR_OTHER_LOG, mailbox_ask(mailbox, &eight, &error));
    pthread_join(owner, NULL);
    assert_false(mailbox_take(mailbox, &taken));
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_request_wakes_the_owner_and_is_taken_once),
        CLAIM(only_the_thread_that_asked_gets_the_answer),
        CLAIM(the_next_request_replaces_an_answer_that_was_not_fetched),
        CLAIM(a_request_that_is_not_started_in_time_is_taken_back),
        CLAIM(a_waiting_request_is_carried_out_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
