/* The tables that annal gets: aggregates, schemas, read models. */
#include "tests/domain/lending.h"

extern const struct aggregate loan_aggregate, shelf_aggregate;
extern const struct embedded_file lending_events[], lending_commands[], lending_models[];

static const struct aggregate *const aggregates[] = {&loan_aggregate, &shelf_aggregate, NULL};

const struct domain lending = {
    .name = "lending",
    .aggregates = aggregates,
    .schemas = {.events = lending_events, .commands = lending_commands},
    .read_models = lending_models,
};
