/* The saga as scenarios: events, answers to its commands, its next step. */
#include "domain.h"
#include "saga/travel_booking.h"
#include "tests/support/saga_scenario.h"

#define TRIP      "{'tripId':'TRIP-1'}"
#define CANCELLED "{'reason':'the meeting was moved'}"

static void everything_is_wanted(void)
{
    begun(&travel_booking, "TRIP-1",
          "{'traveller':'Ingrid Solheim','flight':'NV214','hotel':'FJORDVIEW','car':'BRYGGE'}");
}

/* So many bookings, of three, are made. */
static void booked(int parts)
{
    everything_is_wanted();
    while (parts-- > 0)
        accepted();
}

static void confirmed(void)
{
    booked(3);
    accepted();
}

/* So many bookings are cancelled in reverse. */
static void is_undone(int parts)
{
    static const char *const streams[] = {"flight/NV214", "hotel/FJORDVIEW", "car/BRYGGE"};
    while (parts-- > 0) {
        wants(streams[parts], "cancel", TRIP);
        accepted();
    }
}

static void the_trip_is_cancelled(const char *body)
{
    wants("trip/TRIP-1", "cancel", body);
    accepted();
    rests("undone");
}

/* ---- all goes well ---- */

static void flight_hotel_and_car_are_booked_in_turn_and_the_trip_is_confirmed(void **state)
{
    (void)state;
    everything_is_wanted();
    wants("flight/NV214", "book", TRIP);
    accepted();
    wants("hotel/FJORDVIEW", "book", TRIP);
    accepted();
    wants("car/BRYGGE", "book", TRIP);
    accepted();
    wants("trip/TRIP-1", "confirm", "{}");
    accepted();
    rests("done");
}

static void a_trip_without_a_car_books_none(void **state)
{
    (void)state;
    begun(&travel_booking, "TRIP-1", "{'traveller':'Amara Osei','flight':'NV214','hotel':'INN'}");
    wants("flight/NV214", "book", TRIP);
    accepted();
    wants("hotel/INN", "book", TRIP);
    accepted();
    wants("trip/TRIP-1", "confirm", "{}");
    accepted();
    rests("done");
}

static void a_trip_may_want_a_car_alone(void **state)
{
    (void)state;
    begun(&travel_booking, "TRIP-1", "{'traveller':'Ravi Menon','car':'BRYGGE'}");
    wants("car/BRYGGE", "book", TRIP);
    refused("BRYGGE is sold out");
    the_trip_is_cancelled("{'reason':'car: BRYGGE is sold out'}");
}

/* ---- something is refused ---- */

static void a_refused_flight_undoes_nothing_but_the_trip(void **state)
{
    (void)state;
    everything_is_wanted();
    refused("NV214 is sold out");
    the_trip_is_cancelled("{'reason':'flight: NV214 is sold out'}");
}

static void a_refused_hotel_cancels_the_flight(void **state)
{
    (void)state;
    booked(1);
    refused("FJORDVIEW is sold out");
    wants("flight/NV214", "cancel", TRIP);
    accepted();
    the_trip_is_cancelled("{'reason':'hotel: FJORDVIEW is sold out'}");
}

static void a_refused_car_cancels_the_hotel_then_the_flight(void **state)
{
    (void)state;
    booked(2);
    refused("BRYGGE is sold out");
    wants("hotel/FJORDVIEW", "cancel", TRIP);
    accepted();
    wants("flight/NV214", "cancel", TRIP);
    accepted();
    the_trip_is_cancelled("{'reason':'car: BRYGGE is sold out'}");
}

/* ---- the traveller cancels ---- */

static void a_cancellation_between_any_two_steps_is_undone_in_reverse(void **state)
{
    (void)state;
    for (int parts = 0; parts <= 3; parts++) {
        booked(parts);
        happened("trip/TRIP-1", "trip.cancelled.v1", CANCELLED);
        is_undone(parts);
        rests("undone");
    }
}

static void a_cancellation_while_a_booking_is_under_way_waits_for_its_answer(void **state)
{
    (void)state;
    for (int parts = 0; parts < 3; parts++) {
        booked(parts);
        meanwhile("trip/TRIP-1", "trip.cancelled.v1", CANCELLED);
        accepted();
        is_undone(parts + 1);
        rests("undone");
    }
}

static void a_cancellation_before_the_confirmation_arrives_is_undone(void **state)
{
    (void)state;
    booked(3);
    refused("trip TRIP-1 is already cancelled"); /* its event is still on its way */
    wants("car/BRYGGE", "cancel", TRIP);
    accepted();
    happened("trip/TRIP-1", "trip.cancelled.v1", CANCELLED);
    is_undone(2);
    rests("undone");
}

static void a_cancellation_of_a_confirmed_trip_is_undone_in_reverse(void **state)
{
    (void)state;
    confirmed();
    happened("trip/TRIP-1", "trip.cancelled.v1", CANCELLED);
    is_undone(3);
    rests("undone");
}

static void a_cancellation_in_the_middle_of_the_undoing_changes_nothing_of_it(void **state)
{
    (void)state;
    booked(2);
    refused("BRYGGE is sold out");
    meanwhile("trip/TRIP-1", "trip.cancelled.v1", CANCELLED);
    is_undone(2);
    rests("undone");
}

/* ---- somebody else ---- */

static void a_booking_that_somebody_else_cancels_undoes_the_rest(void **state)
{
    (void)state;
    confirmed();
    happened("hotel/FJORDVIEW", "booking.cancelled.v1", TRIP);
    wants("car/BRYGGE", "cancel", TRIP);
    accepted();
    wants("flight/NV214", "cancel", TRIP);
    accepted();
    the_trip_is_cancelled("{'reason':'hotel: the booking was cancelled'}");
}

static void a_booking_that_somebody_else_makes_is_not_made_again(void **state)
{
    (void)state;
    everything_is_wanted();
    happened("hotel/FJORDVIEW", "booking.made.v1", TRIP);
    accepted();
    wants("car/BRYGGE", "book", TRIP);
}

static void a_booking_of_something_else_for_this_trip_is_none_of_ours(void **state)
{
    (void)state;
    everything_is_wanted();
    happened("flight/NV999", "booking.made.v1", TRIP);
    wants("flight/NV214", "book", TRIP);
}

/* ---- late and repeated ---- */

static void late_events_of_its_own_commands_change_nothing(void **state)
{
    (void)state;
    confirmed();
    happened_late("flight/NV214", "booking.made.v1", TRIP);
    happened_late("hotel/FJORDVIEW", "booking.made.v1", TRIP);
    happened_late("car/BRYGGE", "booking.made.v1", TRIP);
    happened_late("trip/TRIP-1", "trip.confirmed.v1", "{}");
    rests("done");
}

static void a_booking_s_late_event_does_not_outweigh_its_cancellation(void **state)
{
    (void)state;
    booked(1);
    refused("FJORDVIEW is sold out");
    is_undone(1);
    happened_late("flight/NV214", "booking.made.v1", TRIP);
    the_trip_is_cancelled("{'reason':'hotel: FJORDVIEW is sold out'}");
    happened_late("flight/NV214", "booking.cancelled.v1", TRIP);
    rests("undone");
}

static void its_own_events_may_come_before_the_answers(void **state)
{
    (void)state;
    everything_is_wanted();
    meanwhile("flight/NV214", "booking.made.v1", TRIP);
    accepted();
    wants("hotel/FJORDVIEW", "book", TRIP);
}

static void what_was_so_already_is_gone_on_from(void **state)
{
    (void)state;
    everything_is_wanted();
    accepted_without_news();
    wants("hotel/FJORDVIEW", "book", TRIP);
    refused("FJORDVIEW is sold out");
    accepted_without_news();
    wants("trip/TRIP-1", "cancel", "{'reason':'hotel: FJORDVIEW is sold out'}");
    accepted_without_news();
    rests("undone");
}

/* ---- a person must look ---- */

static void a_cancellation_that_is_refused_is_stuck_until_resumed(void **state)
{
    (void)state;
    booked(1);
    refused("FJORDVIEW is sold out");
    refused("NV214 has left");
    blocked("flight cancel: NV214 has left");
    resumed();
    is_undone(1);
    the_trip_is_cancelled("{'reason':'hotel: FJORDVIEW is sold out'}");
}

static void a_booking_that_was_given_up_is_stuck_until_resumed(void **state)
{
    (void)state;
    everything_is_wanted();
    given_up("too old");
    blocked("flight book: too old");
    resumed();
    wants("flight/NV214", "book", TRIP);
}

static int begin(void **state)
{
    (void)state;
    scenarios_check_by(&travel.schemas);
    return 0;
}

static int end(void **state)
{
    (void)state;
    saga_scenarios_end();
    scenarios_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flight_hotel_and_car_are_booked_in_turn_and_the_trip_is_confirmed),
        cmocka_unit_test(a_trip_without_a_car_books_none),
        cmocka_unit_test(a_trip_may_want_a_car_alone),
        cmocka_unit_test(a_refused_flight_undoes_nothing_but_the_trip),
        cmocka_unit_test(a_refused_hotel_cancels_the_flight),
        cmocka_unit_test(a_refused_car_cancels_the_hotel_then_the_flight),
        cmocka_unit_test(a_cancellation_between_any_two_steps_is_undone_in_reverse),
        cmocka_unit_test(a_cancellation_while_a_booking_is_under_way_waits_for_its_answer),
        cmocka_unit_test(a_cancellation_before_the_confirmation_arrives_is_undone),
        cmocka_unit_test(a_cancellation_of_a_confirmed_trip_is_undone_in_reverse),
        cmocka_unit_test(a_cancellation_in_the_middle_of_the_undoing_changes_nothing_of_it),
        cmocka_unit_test(a_booking_that_somebody_else_cancels_undoes_the_rest),
        cmocka_unit_test(a_booking_that_somebody_else_makes_is_not_made_again),
        cmocka_unit_test(a_booking_of_something_else_for_this_trip_is_none_of_ours),
        cmocka_unit_test(late_events_of_its_own_commands_change_nothing),
        cmocka_unit_test(a_booking_s_late_event_does_not_outweigh_its_cancellation),
        cmocka_unit_test(its_own_events_may_come_before_the_answers),
        cmocka_unit_test(what_was_so_already_is_gone_on_from),
        cmocka_unit_test(a_cancellation_that_is_refused_is_stuck_until_resumed),
        cmocka_unit_test(a_booking_that_was_given_up_is_stuck_until_resumed),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
