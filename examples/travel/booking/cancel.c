/* flight cancel, hotel cancel, car cancel: frees the trip's place. For a trip without a place it
 * decides nothing. */
#include "base/json.h"
#include "booking/booking.h"

enum err booking_cancel_decide(const void *state, const struct command *command,
                               struct decision *decision, struct error *error)
{
    const struct bookings *bookings = state;
    const char *trip = json_string_or(command->data, "tripId", "");
    (void)error;
    if (json_object_get(bookings->trips, trip))
        decision_add(decision, "booking.cancelled.v1", json_pack("{s:s}", "tripId", trip));
    return OK;
}
