/* trip confirm: all requested parts are booked. */
#include "trip/trip.h"

enum err trip_confirm_decide(const void *state, const struct command *command,
                             struct decision *decision, struct error *error)
{
    const struct trip *trip = state;
    if (trip->status == TRIP_NONE)
        return error_set(error, ERR_REFUSED, "unknown trip %s", command->id);
    if (trip->status == TRIP_CANCELLED)
        return error_set(error, ERR_REFUSED, "trip %s is already cancelled", command->id);
    if (trip->status == TRIP_REQUESTED)
        decision_add(decision, "trip.confirmed.v1", json_object());
    return OK;
}
