/* The log's file, events.db: opening it, and where it ends.
 *
 * One process has it open for writing (`event_log_open`, which takes the lock); any number read it
 * (`event_log_open_reader`). Handles belong to one thread.
 */
#pragma once

#include "base/cleanup.h"
#include "base/db.h"
#include "base/error.h"
#include "schema/checkpoint.h"

struct catalogue;
struct event_log;

#define EVENT_LOG_FILE "events.db" /* in the data directory */

/* Opens DATA/events.db for writing; makes it, with a new log id, if it is not there.
 * ERR_LOCKED names the process that holds it. */
MUST_CHECK enum err event_log_open(const char *data_directory, struct event_log **ret_log,
                                   struct error *error);

/* ERR_NOT_FOUND if there is no log yet. */
MUST_CHECK enum err event_log_open_reader(const char *data_directory, struct event_log **ret_log,
                                          struct error *error);

void event_log_close(struct event_log *log);
AUTO_CLOSE(event_log, struct event_log, event_log_close)

/* The log's id: made with the file, never changed. */
const char *event_log_id(const struct event_log *log);

/* OK while DATA/events.db, and for the writer its WAL, are the files that were opened; ERR_REPLACED
 * if they certainly are not, ERR_IO if that cannot be known. Any thread. */
MUST_CHECK enum err event_log_check_path(const struct event_log *log, struct error *error);

/* The newest event's position and hash, as a checkpoint; position 0 in an empty log. `ret_time_us`
 * (its time) may be NULL. */
MUST_CHECK enum err event_log_head(struct event_log *log, struct checkpoint *ret_head,
                                   int64_t *ret_time_us, struct error *error);

/* The hash of the event at `position` (zeros for 0); ERR_NOT_FOUND if the log does not reach it. */
MUST_CHECK enum err event_log_hash_at(struct event_log *log, int64_t position,
                                      unsigned char ret_hash[EVENT_HASH_BYTES],
                                      struct error *error);

/* From now on states are loaded as this catalogue has it: events of old versions are upcast, and
 * snapshots made with the same catalogue are used. Without one, all events are folded as they are.
 * It must stay as long as the handle. What event_read.h gives is always what the log holds. */
void event_log_use_catalogue(struct event_log *log, const struct catalogue *catalogue);

/* For the files of this room: the connection. */
struct db *event_log_db(struct event_log *log);
