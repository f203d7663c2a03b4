/* One generation of a read model, open for writing: applies events to its tables.
 *
 * Beside the model's own tables the file has annal_checkpoint (log id, position, hash),
 * annal_definition (the text it was built from) and annal_generation (state, successor). A store
 * belongs to one thread; the caller holds the model's lock. Rows and checkpoint commit together.
 */
#pragma once

#include "base/db.h"
#include "base/text.h"
#include "read_model/definition/model.h"
#include "schema/checkpoint.h"

struct model_store;

enum generation_state {
    GENERATION_BUILDING, /* not yet complete, nobody reads it */
    GENERATION_READY,    /* complete up to its checkpoint, waiting for the cutover */
    GENERATION_SERVING,
    GENERATION_RETIRED, /* its successor serves */
};

/* Creates the file with the model's tables, state BUILDING, checkpoint before the first event. */
MUST_CHECK enum err model_store_create(const char *path, const struct model *model,
                                       enum db_durability durability,
                                       struct model_store **ret_store, struct error *error);

/* Opens a file with the definition, and the hash of it, that are stored in the file, independent of
 * the catalogue. ERR_NOT_FOUND: the file does not exist; ERR_CORRUPT: it is not a generation. */
MUST_CHECK enum err model_store_open(const char *path, enum db_durability durability,
                                     struct model_store **ret_store, struct error *error);
void model_store_close(struct model_store *store);
AUTO_CLOSE(model_store, struct model_store, model_store_close)

const struct model *model_store_model(const struct model_store *store);
struct db *model_store_db(struct model_store *store);

MUST_CHECK enum err model_store_state(struct model_store *store, enum generation_state *ret_state,
                                      int64_t *ret_successor, struct error *error);
MUST_CHECK enum err model_store_set_state(struct model_store *store, enum generation_state state,
                                          int64_t successor, struct error *error);

MUST_CHECK enum err model_store_checkpoint(struct model_store *store, struct checkpoint *ret,
                                           struct error *error);

MUST_CHECK enum err model_store_begin(struct model_store *store, struct error *error);
/* Runs the handlers of the event's type, if any. ERR_POISON: a handler failed, and the event's
 * changes are undone. ERR_STEP_LIMIT: the handlers took too many steps. ERR_NO_MEMORY: SQLite ran
 * out of memory. After these two and all other errors, the transaction must be rolled back. */
MUST_CHECK enum err model_store_apply(struct model_store *store, const struct event *event,
                                      struct error *error);
MUST_CHECK enum err model_store_commit(struct model_store *store,
                                       const struct checkpoint *checkpoint, struct error *error);
/* Size of the file's WAL, after the last commit. */
int64_t model_store_wal_bytes(const struct model_store *store);
void model_store_rollback(struct model_store *store);

/* For a rebuild, which creates indexes that are not unique and that no handler uses at its end. */
MUST_CHECK enum err model_store_drop_late_indexes(struct model_store *store, struct error *error);
MUST_CHECK enum err model_store_make_late_indexes(struct model_store *store, struct error *error);

const char *model_store_state_name(enum generation_state state);

/* For readers of a generation's file (db_open_reader): the hash of the definition it was built from
 * (added to `out`), that definition, how far it is, and its state. */
MUST_CHECK enum err model_store_read_hash(struct db *db, struct text *out, struct error *error);
MUST_CHECK enum err model_store_read_model(struct db *db, struct model **ret_model,
                                           struct error *error);
MUST_CHECK enum err model_store_read_checkpoint(struct db *db, struct checkpoint *ret,
                                                struct error *error);
MUST_CHECK enum err model_store_read_state(struct db *db, enum generation_state *ret_state,
                                           int64_t *ret_successor, struct error *error);

/* One side of a comparison. The caller holds a read transaction, so that all tables are read as of
 * one moment. */
struct model_side {
    struct db *db;
    const char *name; /* for messages */
};

/* Compares the model's tables row by row in key order. OK if equal; ERR_FAILED names the first row
 * that differs. */
MUST_CHECK enum err model_store_compare(const struct model_side *side,
                                        const struct model_side *other, const struct model *model,
                                        struct error *error);
