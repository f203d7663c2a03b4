/* Reading the log: batches of bounded size, one short transaction each, constant memory.
 *
 * Every event is verified before it is returned: its hash is recomputed from its fields and the
 * hash of the event before, and event_read_all() checks that no position is missing. ERR_CORRUPT
 * names the first position that does not follow; `batch` then has the events before it.
 */
#pragma once

#include "event_store/sqlite/event_log.h"
#include "schema/event_batch.h"

/* How much a batch may hold: it ends at whichever is reached first, but has one event if there is
 * one. */
struct read_limit {
    size_t events;
    size_t bytes;
};

/* Clears `batch` and fills it with the events after `position`, in order. An empty batch means that
 * there are none yet. */
MUST_CHECK enum err event_read_all(struct event_log *log, int64_t position, struct read_limit limit,
                                   struct event_batch *batch, struct error *error);

/* ERR_CORRUPT: position, what is wrong with it, and what to do. */
enum err event_read_damaged(int64_t position, const char *what, struct error *error);

enum read_direction { READ_FORWARD, READ_BACKWARD };

/* Clears `batch` and fills it with a stream's events from version `from` on (included), forward or
 * backward. ERR_NO_STREAM if there is no such stream. `*ret_version`: the stream's current version,
 * may be NULL. */
MUST_CHECK enum err event_read_stream(struct event_log *log, struct slice stream, int64_t from,
                                      enum read_direction direction, struct read_limit limit,
                                      struct event_batch *batch, int64_t *ret_version,
                                      struct error *error);

/* The ids of a category's streams in order, after `after_id` ("" for the first), at most `limit`.
 * Each is handed to `each`. */
typedef void stream_id_fn(void *context, struct slice id, int64_t version);
MUST_CHECK enum err event_read_categories_streams(struct event_log *log, struct slice category,
                                                  struct slice after_id, size_t limit,
                                                  stream_id_fn *each, void *context,
                                                  struct error *error);
