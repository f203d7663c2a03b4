/* flight book, hotel book, car book: a place for a trip, once. */
#include "base/json.h"
#include "booking/booking.h"

enum err booking_book_decide(const void *state, const struct command *command,
                             struct decision *decision, struct error *error)
{
    const struct bookings *bookings = state;
    const char *trip = json_string_or(command->data, "tripId", "");
    if (json_object_get(bookings->trips, trip))
        return OK;
    if (!bookings->places)
        return error_set(error, ERR_REFUSED, "%s is not open for booking", command->id);
    if (json_object_size(bookings->trips) >= (size_t)bookings->places)
        return error_set(error, ERR_REFUSED, "%s is sold out", command->id);
    decision_add(decision, "booking.made.v1", json_pack("{s:s}", "tripId", trip));
    return OK;
}
