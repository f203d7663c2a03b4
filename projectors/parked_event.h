/* A parked event, as it is kept in annal_parked. */
#pragma once

#include "base/statement.h"
#include "schema/event_batch.h"

/* Clears `batch` and fills it with the stream's first parked event, if it has one. `first` is
 * sql/parked_first.sql, prepared; it is reset afterwards. */
MUST_CHECK enum err parked_event_read(struct statement *first, struct slice stream,
                                      struct event_batch *batch, struct error *error);

/* `add` is sql/parked_add.sql, prepared. */
MUST_CHECK enum err parked_event_write(struct statement *add, const struct event *event,
                                       struct error *error);
