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

enum saga_statement {
#define SAGA_STATEMENT(name, file) SAGA_STATEMENT_##name,
#include "sagas/saga_statement.def"
#undef SAGA_STATEMENT
    SAGA_STATEMENT_COUNT,
};

struct saga_store {
    struct lock_file *lock;
    struct db *db;
    struct wal_bound wal_bound;
    struct statement *statements[SAGA_STATEMENT_COUNT];
    char id[ID_UUID_BYTES]; /* "": new */
    unsigned char key[SAGA_KEY_BYTES];
    struct checkpoint checkpoint;
    struct saga_cache *cache;
    int64_t counts[SAGA_PHASES];
    int64_t outbox_last; /* the greatest number given there */
    struct {
        char kind[16], category[SAGA_ID_BYTES], target[SAGA_ID_BYTES], command[SAGA_ID_BYTES];
    } sent; /* as last read */
};

/* The statement, prepared and reset. */
struct statement *saga_store_statement(struct saga_store *store, enum saga_statement which);

/* Copies a column's text, cut if it does not fit. */
void saga_store_copy(const struct statement *statement, int column, char *out, size_t bytes);
