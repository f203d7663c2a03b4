/* The handle of the engine, and its functions by file. Only the files of this directory include it,
 * and tests that break the file.
 *
 *   sqlite_engine.c   the table of the engine's functions; waiting; upkeep
 *   event_log.c       opening and closing; the head
 *   event_read.c      rows of events, streams, cursors
 *   log_prefetch.c    what a writer reads before it decides, in one read transaction
 *   log_store.c       a write set as one transaction; the fence after a COMMIT that failed
 *   log_answer.c      answers to idempotency keys
 *   log_name.c        names of streams and types by number, types by name
 *   stream_names.c    streams by name: the index, and the recent streams that are not in it yet
 *
 * The schema is events.sql; log_statements.sql has every statement. A function without a
 * comment implements the one of event_store_engine.h whose name its last words are.
 */
#pragma once

#include "base/lock_file.h"
#include "base/statement_set.h"
#include "base/text.h"
#include "base/wal_bound.h"
#include "event_store/event_store_engine.h"
#include "event_store/log_statements.h"

struct metric_series;

#define EVENT_LOG_FILE        "events.db" /* in the directory of the URL */

/* Names of recently used streams are kept by number, so that reading a row of the log seldom needs a
 * look-up, which costs as much as the row. Enough for the streams that get events at the same time. */
#define LOG_STREAM_NAMES_MOST 4096

struct stream_name {
    int64_t number;
    struct slice name; /* owned; NULL: the slot is empty */
};

/* All event types; the catalogue has few. */
struct type_names {
    struct slice *at; /* at[number - 1], owned */
    size_t count, capacity;
    size_t latest; /* index of the type found last */
};

/* How far this connection knows the names of streams (stream_names.c). */
struct stream_names {
    int64_t loaded; /* the streams up to this number are in the index or in `recent`; -1: unknown */
    int64_t count;  /* rows of `recent` */
    int64_t most;   /* rows of `recent` before the writer merges; tests make it smaller */
    struct text category, id; /* the round of the merge has come to this name; empty: to none */
    int64_t through;          /* stored when the round ends */
};

struct event_log {
    struct event_store store; /* first, so that event_log_of() can cast */
    char *path;
    struct db *db;
    struct lock_file *lock; /* NULL in a reader */
    struct statement_set statements;
    struct stream_name streams[LOG_STREAM_NAMES_MOST]; /* at number % LOG_STREAM_NAMES_MOST */
    struct type_names types;
    struct stream_names names;
    struct wal_bound wal_bound;       /* of the writer */
    struct metric_series *wal_metric; /* the same; NULL: not used yet */
};

static inline struct event_log *event_log_of(struct event_store *store)
{
    return (struct event_log *)store;
}

/* ---- event_log.c ---- */

MUST_CHECK enum err event_log_open(const char *directory, enum event_store_access access,
                                   struct event_store **ret_store, struct error *error);
void event_log_close(struct event_store *store);
MUST_CHECK enum err event_log_check(struct event_store *store, struct error *error);
MUST_CHECK enum err event_log_head(struct event_store *store, struct checkpoint *ret_head,
                                   int64_t *ret_time_us, struct error *error);
MUST_CHECK enum err event_log_hash_at(struct event_store *store, int64_t position,
                                      unsigned char ret_hash[EVENT_HASH_BYTES],
                                      struct error *error);

/* Ends a transaction of db_begin_reading(). */
MUST_CHECK enum err event_log_end_reading(struct event_log *log, struct error *error);

/* Copies the hash in a column. ERR_CORRUPT if it has another length. */
MUST_CHECK enum err event_log_copy_hash(struct slice blob, unsigned char ret_hash[EVENT_HASH_BYTES],
                                        struct error *error);

/* ---- event_read.c ---- */

MUST_CHECK enum err event_read_after(struct event_store *store, int64_t position,
                                     struct read_limit limit, event_row_fn *row, void *context,
                                     struct error *error);
MUST_CHECK enum err event_read_stream(struct event_store *store, struct slice stream, int64_t from,
                                      enum read_direction direction, struct read_limit limit,
                                      event_row_fn *row, void *context, int64_t *ret_version,
                                      struct error *error);
MUST_CHECK enum err event_read_streams_of(struct event_store *store, struct slice category,
                                          struct slice after_id, size_t limit, stream_id_fn *each,
                                          void *context, struct error *error);
MUST_CHECK enum err event_read_external(struct event_store *store, struct slice source,
                                        struct slice id, bool *ret_found,
                                        struct event_place *ret_place, struct error *error);
MUST_CHECK enum err event_read_cursor(struct event_store *store, const char *name,
                                      struct checkpoint *ret_cursor, struct error *error);
MUST_CHECK enum err event_read_version_gap(struct event_store *store, int64_t first, int64_t last,
                                           int64_t *ret_position, struct error *error);

/* The newest version of a stream, by its number; 0 if it has no events. */
MUST_CHECK enum err event_read_version(struct event_log *log, int64_t stream, int64_t *ret_version,
                                       struct error *error);

/* The rows of a stream, by its number, from version `from` on. */
MUST_CHECK enum err event_read_rows(struct event_log *log, int64_t stream, int64_t from,
                                    event_row_fn *row, void *context, struct error *error);

/* ---- log_prefetch.c ---- */

MUST_CHECK enum err log_prefetch(struct event_store *store, const struct event_prefetch *wanted,
                                 const struct prefetch_sink *sink, event_row_fn *row,
                                 struct error *error);

/* ---- log_store.c ---- */

enum event_store_outcome log_store(struct event_store *store, const struct write_set *set,
                                   struct error *error);
enum event_store_outcome log_store_resolve(struct event_store *store, const struct write_set *set,
                                           struct error *error);

/* ---- log_answer.c ---- */

MUST_CHECK enum err log_answer_newest(struct event_store *store, int64_t *ret_expires_us,
                                      struct error *error);

/* In the transaction of a write set. */
MUST_CHECK enum err log_answer_add(struct event_log *log, const struct stored_answer *stored,
                                   struct error *error);
MUST_CHECK enum err log_answer_clean(struct event_log *log, size_t most, int64_t now_us,
                                     struct error *error);

/* Passes the stored answer to the key with this index to the sink, if the log has one. */
MUST_CHECK enum err log_answer_find(struct event_log *log, const struct event_prefetch *wanted,
                                    size_t index, const struct prefetch_sink *sink,
                                    struct error *error);

/* ---- log_name.c ---- */

/* The name of a stream's number; valid until the next call. ERR_CORRUPT if the number has no name. */
MUST_CHECK enum err log_name_stream(struct event_log *log, int64_t number, struct slice *ret_stream,
                                    struct error *error);

/* The number of a type; adds the type to the log if it is new. For the writer. */
MUST_CHECK enum err log_name_number_type(struct event_log *log, struct slice type,
                                         int64_t *ret_number, struct error *error);

/* The name of a type's number; valid until the log is closed or rolls back. ERR_CORRUPT if the number has
 * no name. */
MUST_CHECK enum err log_name_type(struct event_log *log, int64_t number, struct slice *ret_type,
                                  struct error *error);

/* Forgets all names, after a rollback. */
void log_name_forget(struct event_log *log);

/* ---- stream_names.c ---- */

MUST_CHECK enum err stream_names_init(struct event_log *log, struct error *error);
void stream_names_finish(struct event_log *log);

/* After a rollback: `recent` and the round are read again. */
void stream_names_forget(struct event_log *log);

/* The stream's number, or 0 if the log has no such stream. */
MUST_CHECK enum err stream_names_find(struct event_log *log, struct slice stream,
                                      int64_t *ret_number, struct error *error);

/* Adds the streams that are new in the log to `recent`. */
MUST_CHECK enum err stream_names_catch_up(struct event_log *log, struct error *error);

/* Adds a new stream, under the next number. */
MUST_CHECK enum err stream_names_add(struct event_log *log, int64_t number, struct slice stream,
                                     struct error *error);

/* At the end of a transaction that added `added` streams: catches up, and merges about as many names into
 * the index, once `recent` has enough of them. */
MUST_CHECK enum err stream_names_merge(struct event_log *log, size_t added, struct error *error);
