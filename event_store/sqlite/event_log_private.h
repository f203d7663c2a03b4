/* What the files of this room share of a log: its statements, names, and the head to append to.
 * Nobody else includes it. */
#pragma once

#include "base/lock_file.h"
#include "base/statement.h"
#include "base/wal_bound.h"
#include "event_store/sqlite/event_log.h"
#include "event_store/sqlite/log_statement.h"
#include "event_store/sqlite/stream_name.h"
#include "event_store/sqlite/type_name.h"
#include "schema/catalogue/catalogue.h"

struct metric_series;

/* The end of the log as it will be if the transaction at hand commits; only the writer's. */
struct log_head {
    bool known;
    int64_t position, time_us;
    int64_t streams; /* the newest stream's number */
    unsigned char hash[EVENT_HASH_BYTES];
};

/* The last event that event_read_all() returned. Its hash is kept, so that the next call verifies
 * the chain without a look-up. */
struct log_walk {
    int64_t position;
    bool known; /* `hash` is set */
    unsigned char hash[EVENT_HASH_BYTES];
};

struct event_log {
    struct db *db;
    struct lock_file *lock; /* NULL in a reader */
    char id[ID_UUID_BYTES];
    struct statement *statements[LOG_STATEMENT_COUNT]; /* prepared when first used */
    struct sha256 *sha;
    struct log_head head;
    struct log_walk walk;
    struct stream_names streams;
    struct type_names types;
    struct wal_bound wal_bound;        /* of the writer */
    struct metric_series *wal_metric;  /* the same; NULL: not used yet */
    const struct catalogue *catalogue; /* states are loaded by it; may be NULL */
};
