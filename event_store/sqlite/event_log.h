/* The handle of the engine: events.db, its statements, and what is kept in memory of it. Only the
 * files of this directory include it.
 */
#pragma once

#include "base/lock_file.h"
#include "base/statement_set.h"
#include "base/wal_bound.h"
#include "event_store/event_store_engine.h"
#include "event_store/log_statements.h"
#include "event_store/sqlite/stream_name.h"
#include "event_store/sqlite/type_name.h"

struct metric_series;

#define EVENT_LOG_FILE "events.db" /* in the directory of the URL */

struct event_log {
    struct event_store store; /* first: a handle of the store is one of these */
    char *path;
    struct db *db;
    struct lock_file *lock; /* NULL in a reader */
    struct statement_set statements;
    struct stream_names streams;
    struct type_names types;
    struct wal_bound wal_bound;       /* of the writer */
    struct metric_series *wal_metric; /* the same; NULL: not used yet */
};

static inline struct event_log *event_log_of(struct event_store *store)
{
    return (struct event_log *)store;
}

/* The functions of the engine with these names. */
MUST_CHECK enum err event_log_open(const char *directory, enum event_store_access access,
                                   struct event_store **ret_store, struct error *error);
void event_log_close(struct event_store *store);
MUST_CHECK enum err event_log_check(struct event_store *store, struct error *error);
MUST_CHECK enum err event_log_head(struct event_store *store, struct checkpoint *ret_head,
                                   int64_t *ret_time_us, struct error *error);
MUST_CHECK enum err event_log_hash_at(struct event_store *store, int64_t position,
                                      unsigned char ret_hash[EVENT_HASH_BYTES],
                                      struct error *error);
