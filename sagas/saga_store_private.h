/* What the files of the store share. Nobody else includes it.
 *
 *   saga_store.c         the file, its transactions, the checkpoint
 *   saga_store_rows.c    the sagas themselves, their timers and history
 *   saga_store_outbox.c  what is to be sent
 */
#pragma once

#include "base/lock_file.h"
#include "base/wal_bound.h"
#include "sagas/saga_cache.h"
#include "sagas/saga_key.h"
#include "sagas/saga_statements.h"

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
    int64_t outbox_last; /* the greatest number given there */
    struct {
        char kind[16], category[SAGA_ID_BYTES], target[SAGA_ID_BYTES], command[SAGA_ID_BYTES];
    } sent; /* as last read */
};

/* Copies a column's text, cut if it does not fit. */
void saga_store_copy(const struct statement *statement, int column, char *out, size_t bytes);
