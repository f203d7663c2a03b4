/* A client that guesses the message ids of the saga's commands cannot pass its own command off as the
 * saga's. */
#include "shop/shop.h"
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"

#include "base/hash.h"

#include <stdio.h>

static int begin(void **state)
{
    return running_sagas_setup_with(state, shop.sagas);
}

/* The id has all parts that a client can know; only its MAC is missing. */
static void forge_payment(const struct running_sagas *sagas)
{
    AUTO(http_client) struct http_client *client = http_client_open(sagas->address);
    AUTO(http_reply) struct http_reply reply = {0};
    char cause[128];
    snprintf(cause, sizeof cause, "Causation-Id: order_fulfilment-%016llx-3",
             (unsigned long long)hash_bytes(0, slice_of("O-1")));
    http_client_call(client,
                     &(struct http_call){.method = "POST",
                                         .path = "/commands/order/O-1/record-payment",
                                         .headers = {"Content-Type: application/json", cause},
                                         .body = "{\"amount\":500,\"currency\":\"EUR\"}"},
                     &reply);
    if (reply.status != 200)
        fail_msg("%ld %s", reply.status, reply.body.at);
}

static void a_forged_causation_id_does_not_hide_that_an_order_was_paid_directly(void **state)
{
    struct running_sagas *sagas = *state;
    running_sagas_command(sagas, "inventory/P-1/receive", "{'quantity':1000}");
    running_sagas_command(sagas, "order/O-1/create",
                          "{'customerId':'C-1','currency':'EUR','place':true,"
                          "'items':[{'productId':'P-1','quantity':2,'unitPrice':250}]}");
    pid_t pid = saga_process_start(&sagas->runner);
    wait_until(30, running_sagas_saga_is(sagas, "O-1", "waiting", "await-payment"));
    forge_payment(sagas);
    running_sagas_command(sagas, "order/O-1/cancel", "{'reason':'changed my mind'}");
    wait_until(30, running_sagas_saga_is(sagas, "O-1", "stuck", "compensated") ||
                       running_sagas_saga_is(sagas, "O-1", "ended", "compensated"));
    /* An operator must refund the direct payment. */
    assert_true(running_sagas_saga_is(sagas, "O-1", "stuck", "compensated"));
    assert_int_equal(saga_process_stop(pid), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_forged_causation_id_does_not_hide_that_an_order_was_paid_directly, begin,
            running_sagas_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
