/* A trip's decisions on each command. */
#include "domain.h"
#include "tests/support/given_when_then.h"
#include "trip/trip.h"

#define WANTED "{'traveller':'Ingrid Solheim','flight':'NV214','hotel':'FJORDVIEW'}"
#define REQUESTED                                                                                  \
    {                                                                                              \
        "trip.requested.v1", WANTED                                                                \
    }
#define CONFIRMED                                                                                  \
    {                                                                                              \
        "trip.confirmed.v1", "{}"                                                                  \
    }
#define CANCELLED                                                                                  \
    {                                                                                              \
        "trip.cancelled.v1", "{'reason':'the meeting was moved'}"                                  \
    }

static void a_trip_is_requested_once(void **state)
{
    (void)state;
    given_nothing();
    when("request", WANTED);
    then(REQUESTED);
    when("request", WANTED);
    then_nothing();
    when("request", "{'traveller':'Ingrid Solheim','flight':'NV218'}");
    then_refused("trip TRIP-1 is already requested, with something else");
}

static void a_trip_is_confirmed_once(void **state)
{
    (void)state;
    given(REQUESTED);
    when("confirm", "{}");
    then(CONFIRMED);
    when("confirm", "{}");
    then_nothing();
    when("request", WANTED);
    then_nothing();
    then_state("{'status':'confirmed','request':" WANTED "}");
}

static void a_trip_is_cancelled_at_any_time_and_once(void **state)
{
    (void)state;
    given(REQUESTED);
    when("cancel", "{'reason':'the meeting was moved'}");
    then(CANCELLED);
    given(REQUESTED, CONFIRMED);
    when("cancel", "{'reason':'the meeting was moved'}");
    then(CANCELLED);
    when("cancel", "{'reason':'another one'}");
    then_nothing();
}

static void a_cancelled_trip_stays_cancelled(void **state)
{
    (void)state;
    given(REQUESTED, CANCELLED);
    when("confirm", "{}");
    then_refused("trip TRIP-1 is already cancelled");
    when("request", WANTED);
    then_refused("trip TRIP-1 is already cancelled");
}

static void a_trip_that_was_not_requested_is_neither_confirmed_nor_cancelled(void **state)
{
    (void)state;
    given_nothing();
    when("confirm", "{}");
    then_refused("unknown trip TRIP-1");
    when("cancel", "{'reason':'the meeting was moved'}");
    then_refused("unknown trip TRIP-1");
}

static int begin(void **state)
{
    (void)state;
    scenarios_check_by(&travel.schemas);
    scenarios_of(&trip_aggregate, "TRIP-1");
    return 0;
}

static int end(void **state)
{
    (void)state;
    scenarios_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trip_is_requested_once),
        cmocka_unit_test(a_trip_is_confirmed_once),
        cmocka_unit_test(a_trip_is_cancelled_at_any_time_and_once),
        cmocka_unit_test(a_cancelled_trip_stays_cancelled),
        cmocka_unit_test(a_trip_that_was_not_requested_is_neither_confirmed_nor_cancelled),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
