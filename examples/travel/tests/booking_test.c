/* The decisions of a flight, a hotel and a car on each command. They share their code, and each has
 * its own schemas: so every claim is tested with all three. */
#include "booking/booking.h"
#include "domain.h"
#include "tests/support/given_when_then.h"

#define OPENED                                                                                     \
    {                                                                                              \
        "booking.opened.v1", "{'places':2}"                                                        \
    }
#define MADE(trip)                                                                                 \
    {                                                                                              \
        "booking.made.v1", "{'tripId':'" trip "'}"                                                 \
    }
#define CANCELLED(trip)                                                                            \
    {                                                                                              \
        "booking.cancelled.v1", "{'tripId':'" trip "'}"                                            \
    }

static void it_is_opened_once(void **state)
{
    (void)state;
    given_nothing();
    when("open", "{'places':2}");
    then(OPENED);
    when("open", "{'places':2}");
    then_nothing();
    when("open", "{'places':3}");
    then_refused("X-1 is already open, with 2 places");
}

static void what_is_not_open_is_not_booked(void **state)
{
    (void)state;
    given_nothing();
    when("book", "{'tripId':'TRIP-1'}");
    then_refused("X-1 is not open for booking");
}

static void a_trip_books_one_place(void **state)
{
    (void)state;
    given(OPENED);
    when("book", "{'tripId':'TRIP-1'}");
    then(MADE("TRIP-1"));
    when("book", "{'tripId':'TRIP-1'}");
    then_nothing();
    then_state("{'places':2,'trips':{'TRIP-1':true}}");
}

static void what_is_sold_out_is_refused_except_to_those_who_have_it(void **state)
{
    (void)state;
    given(OPENED, MADE("TRIP-1"), MADE("TRIP-2"));
    when("book", "{'tripId':'TRIP-3'}");
    then_refused("X-1 is sold out");
    when("book", "{'tripId':'TRIP-2'}");
    then_nothing();
}

static void a_cancelled_place_is_free_again(void **state)
{
    (void)state;
    given(OPENED, MADE("TRIP-1"), MADE("TRIP-2"));
    when("cancel", "{'tripId':'TRIP-1'}");
    then(CANCELLED("TRIP-1"));
    when("book", "{'tripId':'TRIP-3'}");
    then(MADE("TRIP-3"));
}

static void cancelling_what_is_not_booked_changes_nothing(void **state)
{
    (void)state;
    given(OPENED, MADE("TRIP-1"), CANCELLED("TRIP-1"));
    when("cancel", "{'tripId':'TRIP-1'}");
    then_nothing();
    given_nothing();
    when("cancel", "{'tripId':'TRIP-1'}");
    then_nothing();
}

static int begin(void **state)
{
    (void)state;
    scenarios_check_by(&travel.schemas);
    return 0;
}

static int of_a_flight(void **state)
{
    (void)state;
    scenarios_of(&flight_aggregate, "X-1");
    return 0;
}

static int of_a_hotel(void **state)
{
    (void)state;
    scenarios_of(&hotel_aggregate, "X-1");
    return 0;
}

static int of_a_car(void **state)
{
    (void)state;
    scenarios_of(&car_aggregate, "X-1");
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
#define OF_ALL_THREE(claim)                                                                        \
    cmocka_unit_test_setup(claim, of_a_flight), cmocka_unit_test_setup(claim, of_a_hotel),         \
        cmocka_unit_test_setup(claim, of_a_car)
    const struct CMUnitTest tests[] = {
        OF_ALL_THREE(it_is_opened_once),
        OF_ALL_THREE(what_is_not_open_is_not_booked),
        OF_ALL_THREE(a_trip_books_one_place),
        OF_ALL_THREE(what_is_sold_out_is_refused_except_to_those_who_have_it),
        OF_ALL_THREE(a_cancelled_place_is_free_again),
        OF_ALL_THREE(cancelling_what_is_not_booked_changes_nothing),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
