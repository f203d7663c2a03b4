/* The one function that adds to the log. */
#pragma once

#include "event_store/sqlite/event_log.h"
#include "schema/event.h"

/* What a stream must be like for an append to happen. */
#define EXPECT_ANY       (-1)      /* whatever it is */
#define EXPECT_NO_STREAM 0         /* it must not exist */
#define EXPECT_STREAM    (-2)      /* it must exist */
#define EXPECT_NEVER     INT64_MAX /* a version it cannot have */
/* any other: exactly this version */

/* Appends `count` events to one stream, inside the caller's transaction. Of each event it reads
 * type, id, data and meta, and sets position, version, time_us and hash. `*current_version` is the
 * stream's version: the caller passes what it knows, or -1 to have it looked up; afterwards it is
 * the new one. ERR_WRONG_VERSION if `expected` is not met; then nothing is appended. */
MUST_CHECK enum err event_append(struct event_log *log, struct slice stream, int64_t expected,
                                 int64_t *current_version, int64_t now_us, struct event *events,
                                 size_t count, struct error *error);

/* ERR_WRONG_VERSION if a stream at `version` (0: it does not exist) is not what is expected. */
MUST_CHECK enum err event_append_check(struct slice stream, int64_t expected, int64_t version,
                                       struct error *error);

/* The time an event appended now is recorded with: the clock's, but never earlier than that of the
 * event before. */
MUST_CHECK enum err event_append_time(struct event_log *log, int64_t *ret_now_us,
                                      struct error *error);

/* The caller rolled a transaction (or savepoint) back: forget what was remembered of the head. */
void event_append_forget(struct event_log *log);
