/* Events that a model's handlers cannot apply, and the streams parked because of them.
 *
 * They are in the model's file and change in the transaction of the rows and the checkpoint. While no
 * stream is parked and no event is to be skipped, the hot path costs two comparisons. The memory has a
 * fixed size however many streams are parked: a bit for each hash of a stream; the file is read only if
 * the bit is set.
 */
#pragma once

#include "base/db.h"
#include "schema/event_batch.h"

struct dead_letters;

/* Creates the tables if they do not exist. `db` is borrowed. `position` is the checkpoint's: skipped
 * events up to it are done. */
MUST_CHECK enum err dead_letters_open(struct db *db, int64_t position,
                                      struct dead_letters **ret_letters, struct error *error);
void dead_letters_close(struct dead_letters *letters);
AUTO_CLOSE(dead_letters, struct dead_letters, dead_letters_close)

/* Reads the parked streams and skipped events again: after a rollback, and after a change of the file. */
MUST_CHECK enum err dead_letters_reload(struct dead_letters *letters, int64_t position,
                                        struct error *error);

/* How many streams are parked. */
int64_t dead_letters_count(const struct dead_letters *letters);

/* Before an event is applied. *ret_taken: it must not be applied, because it is skipped, or because its
 * stream is parked; then the event is parked too. */
MUST_CHECK enum err dead_letters_take(struct dead_letters *letters, const struct event *event,
                                      bool *ret_taken, struct error *error);

/* Parks the event's stream with the event as its first parked one. ERR_DEFINITION if too much is parked
 * already; dead_letters_take() returns it too. */
MUST_CHECK enum err dead_letters_park(struct dead_letters *letters, const struct event *event,
                                      int tries, const char *reason, struct error *error);

/* Clears `batch` and fills it with a stream's first parked event, if it has one. */
MUST_CHECK enum err dead_letters_first_parked(struct dead_letters *letters, struct slice stream,
                                              struct event_batch *batch, struct error *error);

/* True if the event is one of those not to be applied. */
MUST_CHECK enum err dead_letters_is_skipped(struct dead_letters *letters, int64_t position,
                                            bool *ret_skipped, struct error *error);

/* Clears `batch` and fills it with a poison event, of any stream, that has been skipped meanwhile, if
 * one exists. */
MUST_CHECK enum err dead_letters_find_skipped(struct dead_letters *letters,
                                              struct event_batch *batch, struct error *error);

/* The event is the stream's first again, and still cannot be applied. */
MUST_CHECK enum err dead_letters_fail(struct dead_letters *letters, const struct event *event,
                                      int tries, const char *reason, struct error *error);
/* The event is no longer parked. */
MUST_CHECK enum err dead_letters_release(struct dead_letters *letters, int64_t position,
                                         struct error *error);
/* The stream is no longer parked. */
MUST_CHECK enum err dead_letters_free_stream(struct dead_letters *letters, struct slice stream,
                                             struct error *error);

/* Records for this and all later generations that the event is not applied. */
MUST_CHECK enum err dead_letters_skip(struct dead_letters *letters, const struct event *event,
                                      const char *reason, struct error *error);
