/* What the files of the store share. Nobody else includes it.
 *
 *   saga_store.c         the file, its transactions, the checkpoint
 *   saga_store_rows.c    the sagas themselves, their timers and history
 *   outbox.c             messages to be sent, and the open transaction's that leave
 */
#pragma once

#include "base/lock_file.h"
#include "base/wal_bound.h"
#include "sagas/outbox_message.h"
#include "sagas/saga_cache.h"
#include "sagas/saga_key.h"
#include "sagas/saga_statements.h"
#include "sagas/saga_store.h"

/* See outbox.h. */
struct outbox {
    struct dispatcher *dispatcher; /* NULL: messages wait */
    int64_t last;                  /* the greatest number given */
    int64_t handed;                /* up to this number the dispatcher was given all */
    bool some_wait;                /* some behind it wait as rows, or may */

    /* Of the open transaction. */
    size_t room;                    /* so many may leave by it */
    struct outbox_messages leaving; /* given to the dispatcher after the commit */
    int64_t marked, marked_us;      /* rows that waited, marked as sent at that time */
    struct {
        int64_t *at; /* numbers */
        size_t count, capacity;
    } withdrawn;
};

struct saga_store {
    struct lock_file *lock;
    struct db *db;
    struct wal_bound wal_bound;
    struct statement_set statements; /* all prepared */
    char id[ID_UUID_BYTES];          /* "": new */
    unsigned char key[SAGA_KEY_BYTES];
    struct checkpoint checkpoint;
    struct saga_cache *cache;
    int64_t counts[SAGA_PHASES];
    struct outbox outbox;
};

/* The outbox's part of the store's own functions. */
void outbox_begin(struct saga_store *store);
void outbox_rollback(struct saga_store *store);
void outbox_finish(struct saga_store *store);
