#include "sagas/saga_store_private.h"

#include "base/embedded.h"
#include "base/utf8.h"

#include <stdio.h>

#define SCHEMA_VERSION 3 /* of sagas/sagas.sql; earlier ones are refused */

extern const struct embedded_file sagas_files[];

/* ---- opening ---- */

static enum err read_runner(struct saga_store *store, struct error *error)
{
    struct statement *read = statement_set_at(&store->statements, SAGA_STATEMENT_RUNNER_READ);
    bool row = false;
    enum err err = statement_step(read, &row, error);
    if (!err && row) {
        struct slice hash = statement_blob(read, 3);
        utf8_copy(statement_text(read, 0), store->id, sizeof store->id);
        utf8_copy(statement_text(read, 1), store->checkpoint.log_id,
                  sizeof store->checkpoint.log_id);
        store->checkpoint.position = statement_int(read, 2);
        if (hash.length != EVENT_HASH_BYTES)
            err = error_set(error, ERR_CORRUPT, "the checkpoint has no hash");
        else
            memcpy(store->checkpoint.hash, hash.at, EVENT_HASH_BYTES);
    }
    statement_reset(read);
    return err;
}

static enum err count(struct saga_store *store, struct error *error)
{
    struct statement *read = statement_set_at(&store->statements, SAGA_STATEMENT_SAGA_COUNTS);
    memset(store->counts, 0, sizeof store->counts);
    bool row = false;
    enum err err;
    while (!(err = statement_step(read, &row, error)) && row) {
        enum saga_phase phase;
        if (saga_phase_read(statement_text(read, 1).at, &phase))
            store->counts[phase] += statement_int(read, 2);
    }
    statement_reset(read);
    return err;
}

static enum err open_file(struct saga_store *store, const char *path, const char *who,
                          struct error *error)
{
    enum err err = lock_file_take(path, who, &store->lock, error);
    if (!err)
        err = db_open_writer(path, DB_SAGAS, DB_DURABLE, &store->db, error);
    if (!err)
        db_copy_later(store->db);
    if (!err)
        err =
            db_create(store->db, embedded_text(sagas_files, "sagas.sql").at, SCHEMA_VERSION, error);
    if (!err)
        statement_set_init(&store->statements, store->db, saga_statements, SAGA_STATEMENT_COUNT);
    if (!err)
        err = statement_set_prepare_all(&store->statements, error);
    if (!err)
        err = read_runner(store, error);
    if (!err)
        err = outbox_init(&store->outbox, store->db, &store->statements, error);
    return err ? err : count(store, error);
}

static bool has_sagas(const struct saga_store *store)
{
    int64_t total = 0;
    for (enum saga_phase phase = 0; phase < SAGA_PHASES; phase++)
        total += saga_store_count(store, phase);
    return total > 0;
}

enum err saga_store_open(const char *data_directory, const char *who, struct saga_store **ret_store,
                         struct error *error)
{
    AUTO(saga_store) struct saga_store *store = calloc(1, sizeof *store);
    AUTO(text) struct text path = {0};
    REQUIRE(store);
    saga_store_rows_init(store);
    text_printf(&path, "%s/%s", data_directory, SAGA_STORE_FILE);
    wal_bound_init(&store->wal_bound, path.at);
    enum err err = open_file(store, path.at, who, error);
    if (!err)
        err = saga_key_read(data_directory, !has_sagas(store), store->key, error);
    if (err)
        return error_add_context(error, err, "the sagas' store");
    *ret_store = store;
    store = NULL;
    return OK;
}

void saga_store_close(struct saga_store *store)
{
    if (!store)
        return;
    statement_set_finish(&store->statements);
    db_close(store->db);
    lock_file_release(store->lock);
    outbox_finish(&store->outbox);
    saga_store_rows_finish(store);
    wal_bound_finish(&store->wal_bound);
    free(store);
}

bool saga_store_is_new(const struct saga_store *store)
{
    return store->id[0] == '\0';
}

const char *saga_store_id(const struct saga_store *store)
{
    return store->id;
}

const unsigned char *saga_store_key(const struct saga_store *store)
{
    return store->key;
}

struct outbox *saga_store_outbox(struct saga_store *store)
{
    return &store->outbox;
}

const struct checkpoint *saga_store_checkpoint(const struct saga_store *store)
{
    return &store->checkpoint;
}

int64_t saga_store_wal_bytes(const struct saga_store *store)
{
    return store->wal_bound.bytes;
}

int64_t saga_store_count(const struct saga_store *store, enum saga_phase phase)
{
    return store->counts[phase];
}

enum err saga_store_begin_at(struct saga_store *store, const struct checkpoint *checkpoint,
                             struct error *error)
{
    struct statement *add = statement_set_at(&store->statements, SAGA_STATEMENT_RUNNER_ADD);
    char id[ID_UUID_BYTES];
    id_make(id);
    statement_bind_text(add, 1, slice_of(id));
    statement_bind_text(add, 2, slice_of(checkpoint->log_id));
    statement_bind_int(add, 3, checkpoint->position);
    statement_bind_blob(add, 4, checkpoint->hash, sizeof checkpoint->hash);
    enum err err = statement_run(add, error);
    if (err)
        return error_add_context(error, err, "the sagas' store");
    memcpy(store->id, id, sizeof id);
    store->checkpoint = *checkpoint;
    return OK;
}

/* ---- transactions ---- */

enum err saga_store_check_path(const struct saga_store *store, struct error *error)
{
    enum err err = db_check_path(store->db, error);
    if (err != ERR_REPLACED)
        return err;
    return error_add_context(error, err,
                             SAGA_STORE_FILE
                             " was removed or replaced: put it back with its -wal, or "
                             "restore it with the log from a backup, and start again");
}

enum err saga_store_begin(struct saga_store *store, struct error *error)
{
    enum err err = saga_store_check_path(store, error);
    outbox_begin(&store->outbox);
    return err ? err : db_begin(store->db, error);
}

static enum err save_checkpoint(struct saga_store *store, const struct checkpoint *checkpoint,
                                struct error *error)
{
    struct statement *save = statement_set_at(&store->statements, SAGA_STATEMENT_RUNNER_SAVE);
    statement_bind_text(save, 1, slice_of(checkpoint->log_id));
    statement_bind_int(save, 2, checkpoint->position);
    statement_bind_blob(save, 3, checkpoint->hash, sizeof checkpoint->hash);
    return statement_run(save, error);
}

enum err saga_store_commit(struct saga_store *store, const struct checkpoint *checkpoint,
                           struct error *error)
{
    enum err err = checkpoint ? save_checkpoint(store, checkpoint, error) : OK;
    if (!err)
        err = db_commit(store->db, error);
    if (err)
        saga_store_rollback(store);
    else if (checkpoint)
        store->checkpoint = *checkpoint;
    if (!err)
        wal_bound_check(&store->wal_bound, store->db);
    return err;
}

void saga_store_rollback(struct saga_store *store)
{
    db_rollback(store->db);
    outbox_rollback(&store->outbox);
    saga_store_rows_forget(store);
    (void)!count(store, NULL); /* else the counts are off until the next start */
}

enum err saga_store_each_version(struct saga_store *store, saga_version_fn *each, void *context,
                                 struct error *error)
{
    struct statement *read = statement_set_at(&store->statements, SAGA_STATEMENT_SAGA_VERSIONS);
    bool row = false;
    enum err err;
    while (!(err = statement_step(read, &row, error)) && row) {
        err = each(context, statement_text(read, 0).at, statement_int(read, 1),
                   statement_int(read, 2), statement_text(read, 3).at, statement_text(read, 4).at,
                   error);
        if (err)
            break;
    }
    statement_reset(read);
    return err;
}
