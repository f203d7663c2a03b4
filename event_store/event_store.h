/* The event store: the log, behind one interface that every engine implements. A map of the module:
 *
 *   event_store.h         this interface, the only header that other modules include for the log
 *   event_store.c         finds the engine of a URL, and passes calls to it
 *   event_store_read.c    reads, and verifies every event that is read
 *   write_set.h           builds in memory what is stored at once
 *   command_answer.h      the answer to a command, as it is stored under an idempotency key
 *   event_verify.h        walks the whole hash chain
 *   log_verifier.h        the same in the background; log_damage.h: the damage that was found
 *   event_store_engine.h  what an engine implements; private to this module
 *   answer_row.c          for engines: a stored answer in the columns of a row
 *   sqlite/               the engine of `sqlite:DIR`: the file DIR/events.db
 *
 * One process has a log open for writing, any number read it. A handle belongs to one thread.
 *
 * Every event is verified before it is returned: its hash is recomputed from its fields and the
 * hash of the event before it. ERR_CORRUPT names the first position that does not follow.
 *
 * Nothing beyond the acknowledged head is returned. With sqlite: a reader finds the end of the log
 * in the WAL-index, whose header SQLite publishes only after the sync of the WAL has succeeded
 * (with synchronous=FULL); so it never sees an event of a COMMIT whose sync failed.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/lock_file.h"
#include "base/text.h"
#include "event_store/write_set.h"
#include "schema/checkpoint.h"
#include "schema/event_batch.h"

struct event_store;
struct pollfd;

enum event_store_access {
    EVENT_STORE_READ,
    EVENT_STORE_WRITE, /* takes the log's lock; makes the log if it certainly does not exist */
};

/* Adds the name of the log at `url` for messages: for sqlite:DIR the path of its file. */
void event_store_describe(const char *url, struct text *out);

/* Finds the process that has the log at `url` open for writing, as lock_file_find_holder() does. */
MUST_CHECK enum err event_store_find_writer(const char *url, char ret_holder[LOCK_HOLDER_BYTES],
                                            struct error *error);

/* Opens the log at `url`: "sqlite:DIR" is the log in the directory DIR. ERR_USAGE if `url` names no engine.
 * To read: ERR_NOT_FOUND if the log certainly does not exist. To write: ERR_LOCKED names the process that
 * holds it. */
MUST_CHECK enum err event_store_open(const char *url, enum event_store_access access,
                                     struct event_store **ret_store, struct error *error);
void event_store_close(struct event_store *store);
AUTO_CLOSE(event_store, struct event_store, event_store_close)

/* The id that the log was given when it was made; it never changes. */
const char *event_store_log_id(const struct event_store *store);

/* OK while the log at the URL is the one that was opened; ERR_REPLACED if it certainly is not (its
 * file was removed or replaced), ERR_IO if that is unknown. Any thread. */
MUST_CHECK enum err event_store_check(struct event_store *store, struct error *error);

/* The newest event's position and hash; position 0 in an empty log. `ret_time_us` (its time) may be
 * NULL. */
MUST_CHECK enum err event_store_head(struct event_store *store, struct checkpoint *ret_head,
                                     int64_t *ret_time_us, struct error *error);

/* The hash of the event at `position` (zeros for 0); ERR_NOT_FOUND if the log ends before it. */
MUST_CHECK enum err event_store_hash_at(struct event_store *store, int64_t position,
                                        unsigned char ret_hash[EVENT_HASH_BYTES],
                                        struct error *error);

/* Waits until the log has an event after `position`, `wait_ms` have passed or one of `fds` is
 * readable, as poll(2) says in their `revents`. Returns OK in each case. */
MUST_CHECK enum err event_store_wait_for_more(struct event_store *store, int64_t position,
                                              int64_t wait_ms, struct pollfd *fds, size_t fd_count,
                                              struct error *error);

/* ---- reading: event_store_read.c ---- */

/* The size of a batch: it ends at the first limit it reaches, but has at least one event if the log has
 * one more. */
struct read_limit {
    size_t events;
    size_t bytes;
};

/* Clears `batch` and fills it with the events after `position`, in order; the batch is empty if the log
 * ends there. After ERR_CORRUPT the batch has the events before the damaged one. */
MUST_CHECK enum err event_store_read_after(struct event_store *store, int64_t position,
                                           struct read_limit limit, struct event_batch *batch,
                                           struct error *error);

enum read_direction { READ_FORWARD, READ_BACKWARD };

/* Clears `batch` and fills it with a stream's events from version `from` on (included), forward or
 * backward. ERR_NO_STREAM if the log has no such stream. `ret_version` (the stream's version at that
 * moment) may be NULL. */
MUST_CHECK enum err event_store_read_stream(struct event_store *store, struct slice stream,
                                            int64_t from, enum read_direction direction,
                                            struct read_limit limit, struct event_batch *batch,
                                            int64_t *ret_version, struct error *error);

/* The ids of a category's streams in order, after `after_id` ("" for the first), at most `limit`.
 * `each` is called with each id and the stream's version. */
typedef void stream_id_fn(void *context, struct slice id, int64_t version);
MUST_CHECK enum err event_store_streams_of(struct event_store *store, struct slice category,
                                           struct slice after_id, size_t limit, stream_id_fn *each,
                                           void *context, struct error *error);

/* Where an external event is. The texts are valid until the next call. */
struct event_place {
    struct slice stream, type;
    int64_t position, version;
};

/* The place of the event with this source and id, if the log has it. */
MUST_CHECK enum err event_store_find_external(struct event_store *store, struct slice source,
                                              struct slice id, bool *ret_found,
                                              struct event_place *ret_place, struct error *error);

/* The cursor of the relay `name`, as a write set stored it; position 0 and a hash of zeros if none
 * did. Any handle. */
MUST_CHECK enum err event_store_read_cursor(struct event_store *store, const char *name,
                                            struct checkpoint *ret_cursor, struct error *error);

/* ---- writing, by the one writer: write_set.h ---- */

/* What a writer reads, at once, before it builds a write set. */
struct prefetch_stream {
    struct slice name;
    bool version_only; /* neither snapshot nor events */
    /* A snapshot is given if it has this format and this hash of the event schemas. NULL: none. */
    int64_t format;
    const char *catalogue;
    int64_t version; /* events up to and with this version; 0: all */
    int64_t at_us;   /* events recorded at or before; 0: all */
};
struct prefetch_external {
    struct slice source, id;
};
struct event_prefetch {
    const struct prefetch_stream *streams;
    size_t stream_count;
    const struct slice *keys; /* whose answers have not expired at `key_now_us` */
    size_t key_count;
    int64_t key_now_us;
    const struct prefetch_external *externals;
    size_t external_count;
};

/* Receives each result, with the index of its item in the list; texts are valid during the call. An
 * error ends the prefetch and is returned by it. Functions that are not needed may be NULL. */
struct prefetch_sink {
    void *context;
    /* Returns false if the snapshot cannot be used; then all events follow. */
    bool (*snapshot)(void *context, size_t stream, int64_t version, struct slice state);
    /* The events after the snapshot, verified and in order, however many. */
    enum err (*event)(void *context, size_t stream, const struct event *event, struct error *error);
    /* The stream ends at this version; 0: it does not exist, or had not begun. */
    enum err (*version)(void *context, size_t stream, int64_t version, struct error *error);
    /* `answer` is NULL if the answer stored under the key cannot be read: `fault` says why. */
    enum err (*answer)(void *context, size_t key, const struct stored_answer *answer,
                       const char *fault, struct error *error);
    enum err (*external)(void *context, size_t external, const struct event_place *place,
                         struct error *error);
};

/* Memory is constant however long the streams are. Any handle may prefetch. */
MUST_CHECK enum err event_store_prefetch(struct event_store *store,
                                         const struct event_prefetch *wanted,
                                         const struct prefetch_sink *sink, struct error *error);

/* When the newest stored answer expires, by the key clock; 0 if no answer is stored. */
MUST_CHECK enum err event_store_newest_answer(struct event_store *store, int64_t *ret_expires_us,
                                              struct error *error);

enum event_store_outcome {
    EVENT_STORE_STORED,     /* durable */
    EVENT_STORE_NOT_STORED, /* and the log will never have it */
    EVENT_STORE_UNKNOWN,    /* event_store_resolve() may find out */
};

/* Stores the whole set or nothing; `error` says why not. ERR_OTHER_WRITER: the log's head is not
 * the one that the set expects, so something else has written to the log: the writer must stop. */
MUST_CHECK enum event_store_outcome
event_store_store(struct event_store *store, const struct write_set *set, struct error *error);

/* After EVENT_STORE_UNKNOWN: finds out whether the log has the events of the set. If it returns
 * EVENT_STORE_UNKNOWN again, the writer must stop. A set without events does not move the head, so
 * EVENT_STORE_NOT_STORED is not certain for its answers and cursors: the log may have them. */
MUST_CHECK enum event_store_outcome
event_store_resolve(struct event_store *store, const struct write_set *set, struct error *error);

/* Upkeep, called by the writer between write sets once the answers are sent; may take some milliseconds. */
void event_store_tidy(struct event_store *store);
