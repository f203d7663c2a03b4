/* trip request: the parts of a trip, and its traveller. Repeated, it decides nothing. */
#include "trip/trip.h"

enum err trip_request_decide(const void *state, const struct command *command,
                             struct decision *decision, struct error *error)
{
    const struct trip *trip = state;
    if (trip->status == TRIP_CANCELLED)
        return error_set(error, ERR_REFUSED,
                         "trip %s is already cancelled; a new one needs an id of its own",
                         command->id);
    if (trip->status != TRIP_NONE && !json_equal(trip->request, command->data))
        return error_set(error, ERR_REFUSED, "trip %s is already requested, with something else",
                         command->id);
    if (trip->status == TRIP_NONE)
        decision_add(decision, "trip.requested.v1", json_deep_copy(command->data));
    return OK;
}
