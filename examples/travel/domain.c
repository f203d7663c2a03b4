/* The tables of the domain: aggregates, sagas, schemas, read models. */
#include "domain.h"

#include "booking/booking.h"
#include "saga/travel_booking.h"
#include "trip/trip.h"

extern const struct embedded_file travel_events[], travel_commands[], travel_models[];

static const struct aggregate *const all_aggregates[] = {
    &trip_aggregate, &flight_aggregate, &hotel_aggregate, &car_aggregate, NULL,
};
static const struct saga_kind *const all_sagas[] = {&travel_booking, NULL};

const struct domain travel = {
    .name = "travel",
    .aggregates = all_aggregates,
    .sagas = all_sagas,
    .schemas = {.events = travel_events, .commands = travel_commands},
    .read_models = travel_models,
};
