/* Snapshots: the state of a stream at a version, stored to fold fewer events. One that was not made
 * with the same state format and event schemas is ignored, never guessed at. */
#pragma once

#include "event_store/sqlite/event_log.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

/* The newest snapshot of a stream, if it fits the aggregate and the catalogue (NULL:
 * none fits), and is not beyond `version` and `at_us` (0: no bound). Else *ret_state is NULL. */
MUST_CHECK enum err snapshot_find(struct event_log *log, const struct catalogue *catalogue,
                                  const struct aggregate *aggregate, int64_t stream,
                                  int64_t version, int64_t at_us, void **ret_state,
                                  int64_t *ret_version, struct error *error);

/* Stores the state of a stream at `version`, instead of the snapshot before. */
MUST_CHECK enum err snapshot_store(struct event_log *log, const struct catalogue *catalogue,
                                   const struct aggregate *aggregate, int64_t stream,
                                   int64_t version, const void *state, struct error *error);
