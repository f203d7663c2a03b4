/* Work handed to a worker's thread: asked for again and again, done once, answered once. */
#include "tests/support/claims.h"

#include "projectors/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

static const struct request eight = {.kind = REQUEST_CUTOVER, .number = 8};
static const struct request nine = {.kind = REQUEST_CUTOVER, .number = 9};

static int setup(void **state)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    REQUIRE(mailbox);
    mailbox_init(mailbox, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    *state = mailbox;
    return 0;
}

static int teardown(void **state)
{
    struct mailbox *mailbox = *state;
    close(mailbox->wake_fd);
    mailbox_finish(mailbox);
    free(mailbox);
    return 0;
}

static void a_request_wakes_the_worker_and_is_taken_once(void **state)
{
    struct mailbox *mailbox = *state;
    struct request taken;
    uint64_t woken = 0;
    assert_false(mailbox_take(mailbox, &taken));
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &eight, &error));
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &eight, &error));
    assert_int_equal(read(mailbox->wake_fd, &woken, sizeof woken), sizeof woken);
    assert_int_equal(woken, 1);
    assert_true(mailbox_take(mailbox, &taken));
    assert_int_equal(taken.number, 8);
    assert_false(mailbox_take(mailbox, &taken));
    assert_err(ERR_NOT_READY, mailbox_ask(mailbox, &eight, &error)); /* at work on it */
}

static void an_answer_is_for_whoever_asked_for_it(void **state)
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
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &eight, &error)); /* asked anew */
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

static void requests_about_different_streams_are_different(void **state)
{
    struct mailbox *mailbox = *state;
    struct request first = {.kind = REQUEST_RETRY, .stream = "loan/L-1"};
    struct request second = {.kind = REQUEST_RETRY, .stream = "loan/L-2"}, taken;
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &first, &error));
    assert_true(mailbox_take(mailbox, &taken));
    mailbox_answer(mailbox, OK, NULL);
    assert_err(ERR_BUSY, mailbox_ask(mailbox, &second, &error));
    assert_true(mailbox_take(mailbox, &taken));
    assert_string_equal(taken.stream, "loan/L-2");
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_request_wakes_the_worker_and_is_taken_once),
        CLAIM(an_answer_is_for_whoever_asked_for_it),
        CLAIM(the_next_request_replaces_an_answer_that_was_not_fetched),
        CLAIM(requests_about_different_streams_are_different),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
