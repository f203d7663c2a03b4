/* The saga of a trip. Its facts:
 *
 *   trip                 {id, is, isAt}; it is requested, confirmed or cancelled
 *   flight, hotel, car   the same, as far as the trip wants them; they are wanted, booked,
 * cancelled failed               why all of it is to be undone
 */
#pragma once

#include "sagas/saga.h"

extern const struct saga_kind travel_booking;
