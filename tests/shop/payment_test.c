/* The decision of a payment on each command, in each status. */
#include "shop/payment/payment.h"
#include "shop/shop.h"
#include "tests/support/given_when_then.h"

#define REQUESTED                                                                                  \
    {                                                                                              \
        "payment.requested.v1", "{'amount':9900,'currency':'DKK','customerId':'C-1'}"              \
    }
#define COMPLETED                                                                                  \
    {                                                                                              \
        "payment.completed.v1", "{'amount':9900,'currency':'DKK','reference':'R-1'}"               \
    }
#define FAILED                                                                                     \
    {                                                                                              \
        "payment.failed.v1", "{'reason':'declined'}"                                               \
    }
#define REFUNDED                                                                                   \
    {                                                                                              \
        "payment.refunded.v1", "{'amount':9900,'currency':'DKK','reason':'cancelled'}"             \
    }

static const struct scenario_event *const histories[PAYMENT_STATUSES] = {
    [PAYMENT_NONE] = (const struct scenario_event[]){{0}},
    [PAYMENT_REQUESTED] = (const struct scenario_event[]){REQUESTED, {0}},
    [PAYMENT_COMPLETED] = (const struct scenario_event[]){REQUESTED, COMPLETED, {0}},
    [PAYMENT_FAILED] = (const struct scenario_event[]){REQUESTED, FAILED, {0}},
    [PAYMENT_REFUNDED] = (const struct scenario_event[]){REQUESTED, COMPLETED, REFUNDED, {0}},
};

/* In the order of enum payment_status: + an event, = no change, - refused. */
static const struct {
    const char *command, *data, *event, *answers;
} answers_by_status[] = {
    {"request", "{'amount':9900,'currency':'DKK','customerId':'C-1'}", "payment.requested.v1",
     "+===="},
    {"request", "{'amount':9901,'currency':'DKK','customerId':'C-1'}", "payment.requested.v1",
     "+----"},
    {"request", "{'amount':9900,'currency':'SEK','customerId':'C-1'}", "payment.requested.v1",
     "+----"},
    {"request", "{'amount':9900,'currency':'DKK','customerId':'C-2'}", "payment.requested.v1",
     "+----"},
    {"complete", "{'reference':'R-1'}", "payment.completed.v1", "-+=--"},
    {"complete", "{'reference':'R-2'}", "payment.completed.v1", "-+---"},
    {"fail", "{'reason':'declined'}", "payment.failed.v1", "-+-=-"},
    {"refund", "{'reason':'cancelled'}", "payment.refunded.v1", "--+-="},
};

static void assert_answer(char answer, enum payment_status status, const char *event)
{
    const struct decision *decision = scenario_decision();
    if (answer == '-') {
        then_refused(status == PAYMENT_NONE ? "no payment of order ORD-1 was requested"
                                            : payment_status_name(status));
    } else if (answer == '=') {
        then_nothing();
    } else {
        assert_int_equal(scenario_result(), OK);
        assert_int_equal(decision->count, 1);
        assert_string_equal(decision->events[0].type, event);
    }
}

static void each_command_is_decided_by_the_status(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof answers_by_status / sizeof *answers_by_status; i++)
        for (int status = PAYMENT_NONE; status < PAYMENT_STATUSES; status++) {
            scenario_given(histories[status]);
            when(answers_by_status[i].command, answers_by_status[i].data);
            assert_answer(answers_by_status[i].answers[status], (enum payment_status)status,
                          answers_by_status[i].event);
        }
}

static void events_contain_the_requested_amount(void **unused)
{
    (void)unused;
    given_nothing();
    when("request", "{'amount':9900,'currency':'DKK','customerId':'C-1'}");
    then(REQUESTED);
    when("complete", "{'reference':'R-1','method':'card'}");
    then({"payment.completed.v1",
          "{'amount':9900,'currency':'DKK','reference':'R-1','method':'card'}"});
    then_state("{'status':'completed','amount':9900,'currency':'DKK','customerId':'C-1',"
               "'reference':'R-1','method':'card'}");
    when("refund", "{'reason':'cancelled'}");
    then(REFUNDED);
}

static void an_absent_method_is_omitted(void **unused)
{
    (void)unused;
    given(REQUESTED);
    when("complete", "{'reference':'R-1','method':null}");
    then(COMPLETED);
}

static void a_failure_contains_its_reason(void **unused)
{
    (void)unused;
    given(REQUESTED);
    when("fail", "{'reason':'declined'}");
    then(FAILED);
}

static void refusals_name_the_state(void **unused)
{
    (void)unused;
    given(REQUESTED, COMPLETED);
    when("fail", "{'reason':'declined'}");
    then_refused("the payment of order ORD-1 is completed");
    when("complete", "{'reference':'R-2'}");
    then_refused("is completed, with reference R-1");
    when("request", "{'amount':1,'currency':'DKK','customerId':'C-1'}");
    then_refused("it is 9900 DKK of customer C-1");
    given(REQUESTED);
    when("refund", "{'reason':'cancelled'}");
    then_refused("the payment of order ORD-1 is requested; only a completed");
}

static void impossible_events_are_rejected_and_change_nothing(void **unused)
{
    (void)unused;
    const struct scenario_event impossible[] = {
        {"payment.requested.v1", "{'amount':-1,'currency':'DKK','customerId':'C-1'}"},
        {"payment.requested.v1", "{'amount':1,'currency':'DKKR','customerId':'C-1'}"},
        {"payment.requested.v1", "{'amount':1,'currency':'DKK'}"},
        {"payment.completed.v1", "{'amount':9900,'currency':'DKK'}"},
    };
    given(REQUESTED);
    for (size_t i = 0; i < sizeof impossible / sizeof *impossible; i++) {
        AUTO(json) json_t *data = told_json(impossible[i].data);
        assert_err(ERR_CORRUPT,
                   payment_evolve((void *)scenario_state(), impossible[i].type, data, &error));
        then_state("{'status':'requested','amount':9900,'currency':'DKK','customerId':'C-1'}");
    }
}

static void a_damaged_snapshot_is_rejected(void **unused)
{
    (void)unused;
    static const char *const damaged[] = {
        "[]",
        "{'status':'lost','amount':9900,'currency':'DKK','customerId':'C-1'}",
        "{'status':'requested','amount':9900,'currency':'DKK'}",
        "{'status':'completed','amount':9900,'currency':'DKK','customerId':'C-1'}",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        AUTO(json) json_t *json = told_json(damaged[i]);
        void *state = NULL;
        assert_err(ERR_CORRUPT, payment_from_json(json, &state, &error));
        assert_null(state);
    }
}

static int begin(void **unused)
{
    (void)unused;
    scenarios_check_by(&shop.schemas);
    scenarios_of(&payment_aggregate, "ORD-1");
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    scenarios_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_command_is_decided_by_the_status),
        cmocka_unit_test(events_contain_the_requested_amount),
        cmocka_unit_test(an_absent_method_is_omitted),
        cmocka_unit_test(a_failure_contains_its_reason),
        cmocka_unit_test(refusals_name_the_state),
        cmocka_unit_test(impossible_events_are_rejected_and_change_nothing),
        cmocka_unit_test(a_damaged_snapshot_is_rejected),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
