/* Flights, hotels and cars, which can be booked. They differ only in their names: each has a number
 * of places, and a trip holds one of them or none. */
#pragma once

#include "write_model/aggregate.h"

#define PLACES_MOST 1000

struct bookings {
    int64_t places; /* 0: not open */
    json_t *trips;  /* trips that hold a place: an object, trip → true */
};

decide_fn booking_open_decide, booking_book_decide, booking_cancel_decide;

extern const struct aggregate flight_aggregate, hotel_aggregate, car_aggregate;
