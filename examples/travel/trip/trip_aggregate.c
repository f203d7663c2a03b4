/* The trip's state as the fold of its events, as JSON, and its commands. */
#include "base/json.h"
#include "trip/trip.h"

static const char *const status_names[TRIP_STATUSES] = {
    [TRIP_NONE] = "none",
    [TRIP_REQUESTED] = "requested",
    [TRIP_CONFIRMED] = "confirmed",
    [TRIP_CANCELLED] = "cancelled",
};

static void *create(void)
{
    struct trip *trip = calloc(1, sizeof *trip);
    REQUIRE(trip);
    return trip;
}

static void destroy(void *state)
{
    struct trip *trip = state;
    if (trip)
        json_decref(trip->request);
    free(trip);
}

static enum err evolve(void *state, const char *type, const json_t *data, struct error *error)
{
    struct trip *trip = state;
    (void)error;
    if (strcmp(type, "trip.requested.v1") == 0) {
        trip->status = TRIP_REQUESTED;
        trip->request = json_deep_copy(data);
    } else if (strcmp(type, "trip.confirmed.v1") == 0) {
        trip->status = TRIP_CONFIRMED;
    } else if (strcmp(type, "trip.cancelled.v1") == 0) {
        trip->status = TRIP_CANCELLED;
    }
    return OK;
}

static json_t *to_json(const void *state)
{
    const struct trip *trip = state;
    return json_pack("{s:s, s:o*}", "status", status_names[trip->status], "request",
                     json_deep_copy(trip->request));
}

static enum err from_json(const json_t *json, void **ret_state, struct error *error)
{
    for (int status = TRIP_NONE; status < TRIP_STATUSES; status++) {
        if (!json_string_is(json, "status", status_names[status]))
            continue;
        struct trip *trip = create();
        trip->status = (enum trip_status)status;
        trip->request = json_deep_copy(json_object_get(json, "request"));
        *ret_state = trip;
        return OK;
    }
    return error_set(error, ERR_CORRUPT, "no trip has the status \"%s\"",
                     json_string_or(json, "status", ""));
}

static size_t size(const void *state)
{
    (void)state;
    return sizeof(struct trip) + 1000; /* the request, about */
}

static const struct command_kind commands[] = {
    {"request", "ask for a flight, a hotel, a car, or some of them", trip_request_decide,
     COMMAND_EVENTS("trip.requested.v1")},
    {"confirm", "say that all of it is booked", trip_confirm_decide,
     COMMAND_EVENTS("trip.confirmed.v1")},
    {"cancel", "give the trip up", trip_cancel_decide, COMMAND_EVENTS("trip.cancelled.v1")},
    {0},
};

const struct aggregate trip_aggregate = {
    .category = "trip",
    .state_format = 1,
    .create = create,
    .destroy = destroy,
    .evolve = evolve,
    .to_json = to_json,
    .from_json = from_json,
    .size = size,
    .commands = commands,
};
