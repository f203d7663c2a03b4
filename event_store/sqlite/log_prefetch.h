/* The engine's prefetch. */
#pragma once

#include "event_store/event_store_engine.h"

MUST_CHECK enum err log_prefetch(struct event_store *store, const struct event_prefetch *wanted,
                                 const struct prefetch_sink *sink, event_row_fn *row,
                                 struct error *error);

/* When the newest stored answer expires, by the key clock; 0 if no answer is stored. */
MUST_CHECK enum err log_prefetch_newest_answer(struct event_store *store, int64_t *ret_expires_us,
                                               struct error *error);
