/* When messages leave the outbox, and in which order. Each saga begins with its own event, which waits
 * for the control socket, and a command, which the endpoint answers. */
#include "tests/sagas/stored_sagas.h"
#include "tests/sagas/stub_endpoint.h"

#include "sagas/outbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define NOW_US 1

static struct stub_endpoint *stub;
static struct dispatcher *dispatcher;
static struct saga_store *store;
static int wake_fd;

static int begin(void **state)
{
    stored_sagas_setup(state);
    stub = stub_endpoint_start();
    stub_endpoint_answer(stub, 200);
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    store = stored_sagas_open();
    assert_ok(dispatcher_start(&(struct dispatcher_options){.base_url = stub_endpoint_url(stub),
                                                            .data_directory = stored_sagas_data(),
                                                            .key_lifetime_us = INT64_MAX,
                                                            .wake_fd = wake_fd},
                               &dispatcher, &error));
    return 0;
}

static int end(void **state)
{
    dispatcher_stop(dispatcher);
    saga_store_close(store);
    stub_endpoint_stop(stub);
    close(wake_fd);
    return stored_sagas_teardown(state);
}

static void begin_saga(const char *id)
{
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, id);
}

static void commit(void)
{
    assert_ok(outbox_mark(saga_store_outbox(store), NOW_US, &error));
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_ok(outbox_send(saga_store_outbox(store), &error));
}

static bool have_answered(struct outbox_messages *answered, size_t count)
{
    dispatcher_take(dispatcher, answered);
    return answered->count >= count;
}

static void a_committed_message_leaves(void **state)
{
    (void)state;
    AUTO(outbox_messages) struct outbox_messages answered = {0};
    int64_t saga = 0;
    outbox_connect(saga_store_outbox(store), dispatcher);
    begin_saga("L-1");
    commit();
    wait_until(30, have_answered(&answered, 1));
    assert_int_equal(answered.first->outcome, OUTBOX_ACCEPTED);
    assert_ok(saga_store_begin(store, &error));
    assert_ok(outbox_remove(saga_store_outbox(store), answered.first->number, &saga, &error));
    assert_int_not_equal(saga, 0);
    assert_ok(outbox_remove(saga_store_outbox(store), answered.first->number, &saga, &error));
    assert_int_equal(saga, 0);
    commit();
}

static void a_message_of_a_transaction_that_is_rolled_back_does_not_leave(void **state)
{
    (void)state;
    size_t room = dispatcher_room(dispatcher);
    outbox_connect(saga_store_outbox(store), dispatcher);
    assert_ok(saga_store_begin(store, &error));
    commit(); /* no message of an earlier process waits */
    begin_saga("L-1");
    saga_store_rollback(store);
    assert_ok(saga_store_begin(store, &error));
    commit();
    assert_int_equal(dispatcher_room(dispatcher), room);
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox"), 0);
}

static void messages_that_wait_leave_in_order_in_front_of_later_ones(void **state)
{
    (void)state;
    AUTO(outbox_messages) struct outbox_messages answered = {0};
    begin_saga("L-1");
    commit();
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox WHERE first_sent_us > 0"), 0);
    outbox_connect(saga_store_outbox(store), dispatcher);
    begin_saga("L-2");
    commit();
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox WHERE first_sent_us > 0"), 4);
    wait_until(30, have_answered(&answered, 2));
    assert_true(answered.first->number < answered.last->number);
    assert_false(outbox_may_send(saga_store_outbox(store)));
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CLAIM(a_committed_message_leaves),
        CLAIM(a_message_of_a_transaction_that_is_rolled_back_does_not_leave),
        CLAIM(messages_that_wait_leave_in_order_in_front_of_later_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
