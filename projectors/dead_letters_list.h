/* Reads the parked streams and skipped events of a generation from its file: for tasks, the console and
 * check, and for the owner of the file (dead_letters.h).
 */
#pragma once

#include "base/statement.h"
#include "schema/event_batch.h"

struct dead_letter {
    struct slice stream;
    int64_t position; /* of the poison event */
    struct slice type, event_id;
    struct slice reason;    /* the error of its handler */
    int64_t tries;          /* so far */
    struct slice parked_at; /* text, as clock_format() writes it */
    int64_t behind;         /* events waiting behind it */
};

/* Each parked stream after `after_stream` ("" for the first), by name, at most `limit`. Slices hold
 * during the call only. */
typedef void dead_letter_fn(void *context, const struct dead_letter *letter);
MUST_CHECK enum err dead_letters_list(struct db *db, struct slice after_stream, int64_t limit,
                                      dead_letter_fn *each, void *context, struct error *error);

/* The parked stream of this name, if it is one. */
MUST_CHECK enum err dead_letters_list_one(struct db *db, struct slice stream, dead_letter_fn *each,
                                          void *context, struct error *error);

/* The poison event of a parked stream, with its data. ERR_NOT_FOUND if the stream is not parked. */
MUST_CHECK enum err dead_letters_list_event(struct db *db, struct slice stream,
                                            struct event_batch *batch, struct error *error);

struct skipped_event {
    int64_t position;
    struct slice stream, type, reason, skipped_at;
};

/* Each skipped event after position `after`, at most `limit`. */
typedef void skipped_event_fn(void *context, const struct skipped_event *skipped);
MUST_CHECK enum err dead_letters_list_skipped(struct db *db, int64_t after, int64_t limit,
                                              skipped_event_fn *each, void *context,
                                              struct error *error);

/* Clears `batch` and fills it with the stream's first parked event, if it has one. `first`: the statement
 * parked_first, prepared; it is reset afterwards. */
MUST_CHECK enum err dead_letters_list_first_parked(struct statement *first, struct slice stream,
                                                   struct event_batch *batch, struct error *error);
