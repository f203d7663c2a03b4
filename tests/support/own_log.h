/* A log in a directory of a test, read and written without a command desk. */
#pragma once

#include "event_store/event_store.h"

/* "sqlite:DIRECTORY"; valid until the program ends. One thread. */
const char *own_log_url(const char *directory);

/* event_store_open() of that. */
MUST_CHECK enum err own_log_open(const char *directory, enum event_store_access access,
                                 struct event_store **ret_store, struct error *error);

/* Begins a write set after the head of the log. Add events, then store it. */
void own_log_begin(struct event_store *store, struct write_set *set);
/* Of `event`: type, id, data, meta; the time is `time_us`, or the newest event's if that is later.
 */
const struct event *own_log_add(struct event_store *store, struct write_set *set,
                                const char *stream, int64_t time_us, const struct event *event);
void own_log_store(struct event_store *store, struct write_set *set);

/* One event, stored at once. */
void own_log_append(struct event_store *store, const char *stream, int64_t time_us,
                    const struct event *event);
