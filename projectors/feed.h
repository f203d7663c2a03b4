/* The events of the log after a checkpoint, read ahead by a thread ("feed"), so that reading and applying
 * overlap. At most a few batches wait.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "schema/checkpoint.h"
#include "schema/event_batch.h"

struct feed;

/* Reads the events after `from` up to position `to` (included). ERR_OTHER_LOG if the event at
 * `from` is not the log's; ERR_IO if the log is missing or cannot be read. */
MUST_CHECK enum err feed_open(const char *log_url, const struct checkpoint *from, int64_t to,
                              struct feed **ret_feed, struct error *error);

/* The next batch, valid until the next call; NULL at the end. */
MUST_CHECK enum err feed_next(struct feed *feed, struct event_batch **ret_batch,
                              struct error *error);

/* Stops the thread and waits for its end. */
void feed_close(struct feed *feed);
AUTO_CLOSE(feed, struct feed, feed_close)

/* The log's newest event. Position 0 and an empty id if the log certainly does not exist yet. A caller
 * that has followed a log must not treat this as an empty log. */
MUST_CHECK enum err feed_head(const char *log_url, struct checkpoint *ret_head,
                              struct error *error);

/* True if the log has the event at the checkpoint, and so all events before it. Also true for a
 * checkpoint that has followed no log. ERR_IO if the log that it has followed is missing or cannot be
 * read. */
MUST_CHECK enum err feed_contains(const char *log_url, const struct checkpoint *checkpoint,
                                  bool *ret_contains, struct error *error);
