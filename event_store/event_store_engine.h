/* What an engine of the event store implements. Only the files of event_store/ include it.
 *
 * A new engine is a table of these functions, declared at the end of this file and listed in
 * event_store.c. It must pass the conformance suite, tests/event_store/conformance_claims.h, which
 * runs for each row of log_engines in tests/event_store/log_fixture.c: add the engine there.
 */
#pragma once

#include "event_store/event_store.h"

/* Receives a row of the log, not verified yet. `previous` is the hash of the event before it in the log:
 * always set by read_stream unless that event is missing, never by read_after. The row's texts are
 * valid during the call. Sets *ret_more to false to end the reading. */
typedef enum err event_row_fn(void *context, const struct event *event,
                              const unsigned char *previous, bool *ret_more, struct error *error);

/* The progress of a prefetch in a stream. The engine makes it, with the snapshot's version or 0, and
 * passes it to the row function as its context. */
struct prefetched_row {
    struct event_store *store;
    const struct prefetch_sink *sink;
    const struct prefetch_stream *wanted;
    size_t stream;   /* its index */
    int64_t version; /* the sink has received the events up to this one */
};

/* The functions are those of event_store.h with the same names; event_store_read.c verifies the rows that
 * they read. */
struct event_store_engine {
    const char *scheme; /* "sqlite" */
    const char *form;   /* of its URLs, for messages: "sqlite:DIR" */

    /* `rest` is the URL without scheme and colon. */
    void (*describe)(const char *rest, struct text *out);
    enum err (*find_writer)(const char *rest, char ret_holder[LOCK_HOLDER_BYTES],
                            struct error *error);
    enum err (*open)(const char *rest, enum event_store_access access,
                     struct event_store **ret_store, struct error *error);
    void (*close)(struct event_store *store);
    enum err (*check)(struct event_store *store, struct error *error);

    enum err (*head)(struct event_store *store, struct checkpoint *ret_head, int64_t *ret_time_us,
                     struct error *error);
    enum err (*hash_at)(struct event_store *store, int64_t position,
                        unsigned char ret_hash[EVENT_HASH_BYTES], struct error *error);
    enum err (*wait_for_more)(struct event_store *store, int64_t position, int64_t wait_ms,
                              struct pollfd *fds, size_t fd_count, struct error *error);

    enum err (*read_after)(struct event_store *store, int64_t position, struct read_limit limit,
                           event_row_fn *row, void *context, struct error *error);
    enum err (*read_stream)(struct event_store *store, struct slice stream, int64_t from,
                            enum read_direction direction, struct read_limit limit,
                            event_row_fn *row, void *context, int64_t *ret_version,
                            struct error *error);
    enum err (*streams_of)(struct event_store *store, struct slice category, struct slice after_id,
                           size_t limit, stream_id_fn *each, void *context, struct error *error);
    enum err (*find_external)(struct event_store *store, struct slice source, struct slice id,
                              bool *ret_found, struct event_place *ret_place, struct error *error);
    /* Leaves *ret_cursor unchanged if no cursor has the name. */
    enum err (*read_cursor)(struct event_store *store, const char *name,
                            struct checkpoint *ret_cursor, struct error *error);
    /* The first position from `first` to `last` of an event whose stream does not have the previous version
     * at an earlier position; 0 if none. */
    enum err (*find_version_gap)(struct event_store *store, int64_t first, int64_t last,
                                 int64_t *ret_position, struct error *error);

    /* Passes rows of events to `row`, with a struct prefetched_row; `row` ends a stream at its bounds. */
    enum err (*prefetch)(struct event_store *store, const struct event_prefetch *wanted,
                         const struct prefetch_sink *sink, event_row_fn *row, struct error *error);
    enum err (*newest_answer)(struct event_store *store, int64_t *ret_expires_us,
                              struct error *error);
    enum event_store_outcome (*store)(struct event_store *store, const struct write_set *set,
                                      struct error *error);
    enum event_store_outcome (*resolve)(struct event_store *store, const struct write_set *set,
                                        struct error *error);
    void (*tidy)(struct event_store *store);
};

/* The beginning of every engine's handle. */
struct event_store {
    const struct event_store_engine *engine;
    char log_id[ID_UUID_BYTES];

    /* Of event_store_read.c: the last event that event_store_read_after() returned, so that the
     * next call verifies the chain without a look-up. */
    struct sha256 *sha;
    int64_t walk_position;
    bool walk_known; /* walk_hash is set */
    unsigned char walk_hash[EVENT_HASH_BYTES];
};

extern const struct event_store_engine event_store_sqlite;

/* ---- event_store_read.c ---- */

/* Sets ERR_CORRUPT with the position, the fault, and its likely cause. */
enum err event_store_read_damaged(int64_t position, const char *what, struct error *error);

/* ---- answer_row.c: stored answers in the columns of a row ---- */

/* The events as JSON, [["<id>","<type>",<position>],…], and back, with their texts in the arena.
 * ERR_INTERNAL if answer_row_write_events() did not write the text. */
void answer_row_write_events(const struct command_answer *answer, struct text *out);
MUST_CHECK enum err answer_row_read_events(struct slice json, struct arena *arena,
                                           struct command_answer *answer, struct error *error);

/* The outcome by its slug (error_slug()), which stays the same in all versions. ERR_INTERNAL if no error has
 * this slug. */
MUST_CHECK enum err answer_row_read_outcome(struct slice outcome, struct command_answer *answer,
                                            struct error *error);
