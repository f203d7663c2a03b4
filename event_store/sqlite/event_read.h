/* The engine's functions that read events and streams. */
#pragma once

#include "event_store/event_store_engine.h"

MUST_CHECK enum err event_read_after(struct event_store *store, int64_t position,
                                     struct read_limit limit, event_row_fn *row, void *context,
                                     struct error *error);
MUST_CHECK enum err event_read_stream(struct event_store *store, struct slice stream, int64_t from,
                                      enum read_direction direction, struct read_limit limit,
                                      event_row_fn *row, void *context, int64_t *ret_version,
                                      struct error *error);
/* The rows of a stream, by its number, from version `from` on. */
struct event_log;
MUST_CHECK enum err event_read_rows(struct event_log *log, int64_t stream, int64_t from,
                                    event_row_fn *row, void *context, struct error *error);
MUST_CHECK enum err event_read_streams_of(struct event_store *store, struct slice category,
                                          struct slice after_id, size_t limit, stream_id_fn *each,
                                          void *context, struct error *error);
MUST_CHECK enum err event_read_external(struct event_store *store, struct slice source,
                                        struct slice id, bool *ret_found,
                                        struct event_place *ret_place, struct error *error);
MUST_CHECK enum err event_read_version_gap(struct event_store *store, int64_t first, int64_t last,
                                           int64_t *ret_position, struct error *error);
