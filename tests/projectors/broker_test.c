/* A worker behind a real RabbitMQ, with the relay that feeds it. */
#include "tests/projectors/fixture.h"
#include "tests/support/own_log.h"

#include "bus/relays.h"
#include "event_store/log_damage.h"
#include "telemetry/metrics.h"
#include "tests/bus/raw_broker.h"

#include <stdlib.h>

struct pipeline {
    struct fixture *fixture;
    struct log_damage damage;
    struct relays *relays;
};

static void save_nothing(void *context, const char *name, const struct checkpoint *at)
{
    (void)context, (void)name, (void)at;
}

static int setup(void **state)
{
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    REQUIRE(pipeline);
    pthread_mutex_init(&pipeline->damage.mutex, NULL);
    fixture_setup((void **)&pipeline->fixture);
    pipeline->fixture->bus = raw_broker_url("broker_test");
    relays_start(&(struct relay_options){.log_url = own_log_url(pipeline->fixture->directory),
                                         .url = &pipeline->fixture->bus,
                                         .damage = &pipeline->damage,
                                         .save = save_nothing},
                 &pipeline->relays);
    *state = pipeline;
    return 0;
}

static int teardown(void **state)
{
    struct pipeline *pipeline = *state;
    relays_stop(pipeline->relays);
    fixture_teardown((void **)&pipeline->fixture);
    free(pipeline);
    return 0;
}

static void add_loan(struct pipeline *pipeline, int number)
{
    fixture_add_loans(pipeline->fixture, number, 1);
    relays_wake(pipeline->relays, fixture_head(pipeline->fixture));
}

static bool is_consuming(void)
{
    return metric_value(metric_series(METRIC_SUBSCRIPTION_CONSUMING, "loans")) == 1;
}

static void events_reach_the_rows_through_the_broker(void **state)
{
    struct pipeline *pipeline = *state;
    struct projector *projector = fixture_start(pipeline->fixture, pipeline->fixture->model, false);
    wait_until(20, is_consuming());
    int64_t filled = metric_value(metric_series(METRIC_SUBSCRIPTION_FILLED, "loans"));
    for (int number = 1; number <= 50; number++) {
        add_loan(pipeline, number);
        wait_until(20, fixture_is_at(projector, 2 * number));
    }
    assert_int_equal(fixture_read(pipeline->fixture, "SELECT sum(copies) FROM loans"), 1275);
    /* messages brought most of it: the log is looked at only when nothing has come for a while */
    assert_true(metric_value(metric_series(METRIC_SUBSCRIPTION_FILLED, "loans")) - filled < 50);
}

static void a_cutover_happens_while_it_consumes(void **state)
{
    struct pipeline *pipeline = *state;
    struct projector *projector = fixture_start(pipeline->fixture, pipeline->fixture->model, false);
    wait_until(20, is_consuming());
    assert_ok(projector_rebuild(projector, &error));
    int number = 1;
    while (fixture_status(projector).generation < 2)
        add_loan(pipeline, number++);
    assert_true(is_consuming());
    add_loan(pipeline, number);
    wait_until(20, fixture_is_at(projector, fixture_head(pipeline->fixture)));
    assert_int_equal(fixture_read(pipeline->fixture, "SELECT count(*) FROM loans"), number);
}

static void one_of_two_workers_consumes(void **state)
{
    struct pipeline *pipeline = *state;
    struct raw_broker *raw = raw_broker_open(&pipeline->fixture->bus);
    struct projector *first = fixture_start(pipeline->fixture, pipeline->fixture->model, false);
    wait_until(20, is_consuming());
    struct projector *second = fixture_start(pipeline->fixture, pipeline->fixture->model, false);
    wait_until(20, fixture_status(second).phase == PROJECTOR_WAITING);
    wait_until(20, raw_broker_consumers(raw, "annal.loans") == 1);
    projector_stop(first);
    assert_ok(projector_join(first, &error));
    add_loan(pipeline, 1);
    wait_until(20, fixture_is_at(second, 2));
    wait_until(20, raw_broker_consumers(raw, "annal.loans") == 1);
    raw_broker_close(raw);
}

int main(void)
{
    if (!raw_broker_is_there())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(events_reach_the_rows_through_the_broker, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cutover_happens_while_it_consumes, setup, teardown),
        cmocka_unit_test_setup_teardown(one_of_two_workers_consumes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
