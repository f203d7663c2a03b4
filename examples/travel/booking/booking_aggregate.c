/* The state of what can be booked as the fold of its events, as JSON, and three aggregates that
 * have it. */
#include "base/json.h"
#include "booking/booking.h"
#include "write_model/event_data.h"

static void *create(void)
{
    struct bookings *bookings = calloc(1, sizeof *bookings);
    REQUIRE(bookings);
    bookings->trips = json_object();
    return bookings;
}

static void destroy(void *state)
{
    struct bookings *bookings = state;
    if (bookings)
        json_decref(bookings->trips);
    free(bookings);
}

static enum err evolve(void *state, const char *type, const json_t *data, struct error *error)
{
    struct bookings *bookings = state;
    const char *trip;
    if (strcmp(type, "booking.opened.v1") == 0)
        return event_data_int(data, "places", 1, PLACES_MOST, &bookings->places, error);
    enum err err = event_data_text(data, "tripId", &trip, error);
    if (!err && strcmp(type, "booking.made.v1") == 0)
        json_object_set_new(bookings->trips, trip, json_true());
    if (!err && strcmp(type, "booking.cancelled.v1") == 0)
        json_object_del(bookings->trips, trip);
    return err;
}

static json_t *to_json(const void *state)
{
    const struct bookings *bookings = state;
    return json_pack("{s:I, s:o}", "places", (json_int_t)bookings->places, "trips",
                     json_deep_copy(bookings->trips));
}

static enum err from_json(const json_t *json, void **ret_state, struct error *error)
{
    int64_t places;
    enum err err = event_data_int(json, "places", 0, PLACES_MOST, &places, error);
    if (err)
        return err;
    struct bookings *bookings = create();
    bookings->places = places;
    json_object_update(bookings->trips, json_object_get(json, "trips"));
    *ret_state = bookings;
    return OK;
}

static size_t size(const void *state)
{
    const struct bookings *bookings = state;
    return sizeof *bookings + 200 * json_object_size(bookings->trips);
}

static const struct command_kind commands[] = {
    {"open", "open it for booking", booking_open_decide, COMMAND_EVENTS("booking.opened.v1")},
    {"book", "book a place for a trip", booking_book_decide, COMMAND_EVENTS("booking.made.v1")},
    {"cancel", "give a trip's place back", booking_cancel_decide,
     COMMAND_EVENTS("booking.cancelled.v1")},
    {0},
};

#define AGGREGATE(name)                                                                            \
    {                                                                                              \
        .category = name, .state_format = 1, .create = create, .destroy = destroy,                 \
        .evolve = evolve, .to_json = to_json, .from_json = from_json, .size = size,                \
        .commands = commands,                                                                      \
    }

const struct aggregate flight_aggregate = AGGREGATE("flight");
const struct aggregate hotel_aggregate = AGGREGATE("hotel");
const struct aggregate car_aggregate = AGGREGATE("car");
