/* trip cancel: by the traveller, or because something could not be booked. */
#include "base/json.h"
#include "trip/trip.h"

enum err trip_cancel_decide(const void *state, const struct command *command,
                            struct decision *decision, struct error *error)
{
    const struct trip *trip = state;
    if (trip->status == TRIP_NONE)
        return error_set(error, ERR_REFUSED, "unknown trip %s", command->id);
    if (trip->status != TRIP_CANCELLED)
        decision_add(decision, "trip.cancelled.v1",
                     json_pack("{s:s}", "reason", json_string_or(command->data, "reason", "")));
    return OK;
}
