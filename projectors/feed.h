/* The log from a checkpoint on, read ahead by a separate thread ("feed"), so that reading and
 * applying overlap. At most a few batches wait.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "schema/checkpoint.h"
#include "schema/event_batch.h"

struct feed;

/* Reads the events after `from` up to position `to` (included). ERR_OTHER_LOG if the event at
 * `from` is not the log's; ERR_IO if there is no log or it cannot be read. */
MUST_CHECK enum err feed_open(const char *log_url, const struct checkpoint *from, int64_t to,
                              struct feed **ret_feed, struct error *error);

/* The next batch, valid until the next call; NULL at the end. */
MUST_CHECK enum err feed_next(struct feed *feed, struct event_batch **ret_batch,
                              struct error *error);

/* Ends the thread wherever it is. */
void feed_close(struct feed *feed);
AUTO_CLOSE(feed, struct feed, feed_close)

/* The log's newest event. Position 0 and an empty id if the log certainly does not exist yet; a
 * caller that has followed a log must not take that for an empty log. */
MUST_CHECK enum err feed_head(const char *log_url, struct checkpoint *ret_head,
                              struct error *error);

/* True if the event at the checkpoint is the log's: then everything up to there is. Also true of a
 * checkpoint that has seen no log. ERR_IO if the log that it has seen is gone or cannot be read. */
MUST_CHECK enum err feed_contains(const char *log_url, const struct checkpoint *checkpoint,
                                  bool *ret_contains, struct error *error);
