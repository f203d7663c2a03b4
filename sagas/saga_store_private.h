/* Shared by saga_store.c (the file, its transactions, the checkpoint) and saga_store_rows.c (the rows of
 * the sagas). No other file includes it.
 */
#pragma once

#include "base/lock_file.h"
#include "base/wal_bound.h"
#include "sagas/saga_key.h"
#include "sagas/saga_statements.h"
#include "sagas/saga_store.h"

struct saga_cache;

struct saga_store {
    struct lock_file *lock;
    struct db *db;
    struct wal_bound wal_bound;
    struct statement_set statements; /* all prepared */
    char id[ID_UUID_BYTES];          /* "": new */
    unsigned char key[SAGA_KEY_BYTES];
    struct checkpoint checkpoint;
    struct saga_cache *cache; /* of rows */
    int64_t counts[SAGA_PHASES];
    struct outbox outbox;
};

/* ---- saga_store_rows.c ---- */

void saga_store_rows_init(struct saga_store *store);
void saga_store_rows_finish(struct saga_store *store);
/* Empties the cache: the rows in it may not be those of the file. */
void saga_store_rows_forget(struct saga_store *store);
