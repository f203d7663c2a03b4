/* The tables that annal gets: aggregates, the saga, schemas, read models. */
#include "tests/domain/lending.h"

extern const struct aggregate loan_aggregate, shelf_aggregate;
extern const struct saga_kind loan_handling;
extern const struct embedded_file lending_events[], lending_commands[], lending_models[];

static const struct aggregate *const aggregates[] = {&loan_aggregate, &shelf_aggregate, NULL};
static const struct saga_kind *const sagas[] = {&loan_handling, NULL};

static const struct domain_option options[] = {
    {.name = "approval-timeout",
     .variable = "ANNAL_APPROVAL_TIMEOUT",
     .argument = "SECONDS",
     .fallback = "900",
     .help = "how long a loan waits for its approval",
     .least = 1,
     .most = 86400},
    {0},
};

const struct domain lending = {
    .name = "lending",
    .aggregates = aggregates,
    .sagas = sagas,
    .schemas = {.events = lending_events, .commands = lending_commands},
    .read_models = lending_models,
    .options = options,
};
