/* flight open, hotel open, car open: sets the number of places that can be booked. */
#include "base/json.h"
#include "booking/booking.h"

enum err booking_open_decide(const void *state, const struct command *command,
                             struct decision *decision, struct error *error)
{
    const struct bookings *bookings = state;
    int64_t places = json_int_or(command->data, "places", 0);
    if (bookings->places == places)
        return OK;
    if (bookings->places)
        return error_set(error, ERR_REFUSED, "%s is already open, with %lld places", command->id,
                         (long long)bookings->places);
    decision_add(decision, "booking.opened.v1", json_pack("{s:I}", "places", (json_int_t)places));
    return OK;
}
