/* The folded state of a stream, now or as it was: for GET /streams/…/state. */
#pragma once

#include "event_store/event_store.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

/* Folds up to `version` (0: all), and only events recorded at or before `at_us` (0: all).
 * ERR_NO_STREAM if there is no such stream or it had not begun. The caller owns *ret_state;
 * *ret_version is the version it is at. */
MUST_CHECK enum err state_read(struct event_store *store, const struct catalogue *catalogue,
                               const struct aggregate *aggregate, const char *id, int64_t version,
                               int64_t at_us, json_t **ret_state, int64_t *ret_version,
                               struct error *error);
