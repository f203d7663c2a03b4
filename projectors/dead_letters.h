/* Events that a model's handlers cannot apply, and the streams parked behind them.
 *
 * All of it is in the model's own file and changes in the transaction of the rows and the
 * checkpoint. While nothing is parked or skipped the hot path pays two comparisons; what is kept in
 * memory is of fixed size however many streams are parked: a bit per hash of a stream, and only a
 * bit that is set asks the file.
 */
#pragma once

#include "base/db.h"
#include "schema/event_batch.h"

struct dead_letters;

/* Makes the tables if they are not there. `db` stays the caller's and is closed after it.
 * `position` is the checkpoint's: skipped events up to it are behind us. */
MUST_CHECK enum err dead_letters_open(struct db *db, int64_t position,
                                      struct dead_letters **ret_letters, struct error *error);
void dead_letters_close(struct dead_letters *letters);
AUTO_CLOSE(dead_letters, struct dead_letters, dead_letters_close)

/* Reads the parked streams and skipped events again: after a rollback, and after a change of the file. */
MUST_CHECK enum err dead_letters_reload(struct dead_letters *letters, int64_t position,
                                        struct error *error);

/* How many streams are parked. */
int64_t dead_letters_count(const struct dead_letters *letters);

/* Before an event is applied: *ret_taken if it must not be, because it is skipped or because its
 * stream is parked, in which case it waits there from now on. */
MUST_CHECK enum err dead_letters_take(struct dead_letters *letters, const struct event *event,
                                      bool *ret_taken, struct error *error);

/* Parks the event's stream, the event being its first parked one. ERR_DEFINITION if too much is
 * parked already, as dead_letters_take() too. */
MUST_CHECK enum err dead_letters_park(struct dead_letters *letters, const struct event *event,
                                      int tries, const char *reason, struct error *error);

/* Clears `batch` and fills it with a stream's first parked event, if it has one. */
MUST_CHECK enum err dead_letters_first_parked(struct dead_letters *letters, struct slice stream,
                                              struct event_batch *batch, struct error *error);

/* True if the event is one of those not to be applied. */
MUST_CHECK enum err dead_letters_is_skipped(struct dead_letters *letters, int64_t position,
                                            bool *ret_skipped, struct error *error);

/* Clears `batch` and fills it with a poison event, of any stream, that is to be skipped by now, if
 * there is one. */
MUST_CHECK enum err dead_letters_find_skipped(struct dead_letters *letters,
                                              struct event_batch *batch, struct error *error);

/* The event is the stream's first again, and still cannot be applied. */
MUST_CHECK enum err dead_letters_fail(struct dead_letters *letters, const struct event *event,
                                      int tries, const char *reason, struct error *error);
/* The event needs no parking any more. */
MUST_CHECK enum err dead_letters_release(struct dead_letters *letters, int64_t position,
                                         struct error *error);
/* Nothing of the stream is parked any more. */
MUST_CHECK enum err dead_letters_free_stream(struct dead_letters *letters, struct slice stream,
                                             struct error *error);

/* Remembers for this and all later generations that the event is not applied. */
MUST_CHECK enum err dead_letters_skip(struct dead_letters *letters, const struct event *event,
                                      const char *reason, struct error *error);
