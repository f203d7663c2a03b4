/* Streams by name and by number: events carry numbers, everybody else speaks of names. */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>

struct event_log;

/* Names seen lately, by number, so that reading a row of the log seldom needs another lookup: as
 * many as there may be streams that events come to in turn. A lookup costs as much as the row. */
#define STREAM_NAMES_KEPT 4096

struct stream_names {
    struct {
        int64_t number; /* 0: empty */
        char *name;
        size_t length;
    } kept[STREAM_NAMES_KEPT];
};

/* "account/ACC-1" into its parts; the id is empty if there is no slash. */
void stream_name_split(struct slice stream, struct slice *ret_category, struct slice *ret_id);

/* The stream's number, or 0 if the log has no such stream. */
MUST_CHECK enum err stream_name_find(struct event_log *log, struct slice stream,
                                     int64_t *ret_number, struct error *error);

/* Adds a stream that is not there yet, under the next number. */
MUST_CHECK enum err stream_name_add(struct event_log *log, int64_t number, struct slice stream,
                                    struct error *error);

/* The name of a number; valid until the next call. ERR_CORRUPT if there is none. */
MUST_CHECK enum err stream_name_of(struct event_log *log, int64_t number, struct slice *ret_stream,
                                   struct error *error);

/* The newest version of a stream; 0 if it has no events. */
MUST_CHECK enum err stream_name_version(struct event_log *log, int64_t number, int64_t *ret_version,
                                        struct error *error);

/* Forgets all names kept: a rollback may have taken numbers back. */
void stream_name_forget(struct stream_names *names);
