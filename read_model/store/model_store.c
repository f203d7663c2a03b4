/* The file of one generation. Every change goes through one connection on the guard's VFS, so that
 * the clock of its SQL is the event's time. */
#include "read_model/store/model_store.h"

#include "base/file.h"
#include "base/statement.h"
#include "base/wal_bound.h"
#include "read_model/definition/guard.h"
#include "read_model/definition/model.h"
#include "read_model/definition/model_private.h"
#include "read_model/generation_statements.h"
#include "read_model/store/model_apply.h"

/* A transaction with so many events means load: then pages change again and again, and copying the WAL later
 * copies each less often. Otherwise it is copied in small portions, so that the next events wait little. */
#define BUSY_EVENTS 64

struct model_store {
    struct db *db;
    struct model *model; /* owned: read from the file */
    struct model_apply *apply;
    struct statement *set_checkpoint;
    struct wal_bound wal_bound;
    int64_t events; /* of the open transaction */
};

static const char *const state_names[] = {
    [GENERATION_BUILDING] = "building",
    [GENERATION_READY] = "ready",
    [GENERATION_SERVING] = "serving",
    [GENERATION_RETIRED] = "retired",
};

void model_store_close(struct model_store *store)
{
    if (!store)
        return;
    model_apply_destroy(store->apply);
    statement_close(store->set_checkpoint);
    db_close(store->db);
    wal_bound_finish(&store->wal_bound);
    model_destroy(store->model);
    free(store);
}

static enum err define(struct db *db, const struct model *model, struct error *error)
{
    AUTO(statement) struct statement *insert = NULL;
    enum err err = statement_prepare(db, generation_statements[GENERATION_STATEMENT_DEFINE].text,
                                     &insert, error);
    if (err)
        return err;
    statement_bind_text(insert, 1, slice_of(model->name));
    statement_bind_text(insert, 2, slice_of(model->hash));
    statement_bind_text(insert, 3, model->text);
    return statement_run(insert, error);
}

static enum err fill_new_file(struct db *db, const struct model *model, struct error *error)
{
    enum err err = db_begin(db, error);
    if (!err)
        err = db_execute(db, generation_statements[GENERATION_STATEMENT_CREATE].text, error);
    if (!err)
        err = define(db, model, error);
    if (!err)
        err = model_upcasters_store(model, db, error);
    for (size_t i = 0; i < model->schema_count && !err; i++)
        err = db_execute(db, model->schema[i].sql, error);
    return err ? err : db_commit(db, error);
}

static enum err create_file(const char *path, const struct model *model,
                            enum db_durability durability, struct error *error)
{
    AUTO(db) struct db *db = NULL;
    bool exists = false;
    enum err err = file_exists(path, &exists, error);
    if (!err && exists)
        return error_set(error, ERR_INTERNAL, "%s: file exists", path);
    if (!err)
        err = db_open_writer_on_vfs(path, DB_READ_MODEL, durability, guard_vfs(), &db, error);
    if (err)
        return err;
    err = fill_new_file(db, model, error);
    return err ? error_add_context(error, err, "%s", path) : OK;
}

enum err model_store_create(const char *path, const struct model *model,
                            enum db_durability durability, struct model_store **ret_store,
                            struct error *error)
{
    enum err err = create_file(path, model, durability, error);
    return err ? err : model_store_open(path, durability, ret_store, error);
}

/* *ret_select is at the row: name, hash, text. */
static enum err select_definition(struct db *db, struct statement **ret_select, struct error *error)
{
    AUTO(statement) struct statement *select = NULL;
    bool row = false;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_DEFINITION].text, &select, error);
    if (!err)
        err = statement_step(select, &row, error);
    if (err == ERR_POISON || (!err && !row))
        return error_set(error, ERR_CORRUPT,
                         "not a complete file of a read model; remove it and rebuild the model");
    if (err)
        return err;
    *ret_select = select;
    select = NULL;
    return OK;
}

enum err model_store_read_hash(struct db *db, struct text *out, struct error *error)
{
    AUTO(statement) struct statement *select = NULL;
    enum err err = select_definition(db, &select, error);
    if (!err)
        text_add_slice(out, statement_text(select, 1));
    return err;
}

enum err model_store_read_model(struct db *db, struct model **ret_model, struct error *error)
{
    AUTO(statement) struct statement *select = NULL;
    enum err err = select_definition(db, &select, error);
    if (err)
        return err;
    AUTO(text) struct text file = {0};
    struct upcasters *upcasters = NULL;
    text_printf(&file, "%s.sql", statement_text(select, 0).at);
    err = model_upcasters_load(db, &upcasters, error);
    if (!err)
        err = model_read_stored(file.at, statement_text(select, 2), statement_text(select, 1).at,
                                upcasters, ret_model, error);
    return err == ERR_DEFINITION
               ? error_add_context(error, ERR_CORRUPT, "the stored definition is not valid")
               : err;
}

static enum err prepare(struct model_store *store, struct error *error)
{
    enum err err = model_apply_create(store->model, store->db, &store->apply, error);
    if (err == ERR_DEFINITION)
        return error_add_context(error, ERR_CORRUPT,
                                 "the tables do not match the stored definition");
    if (!err)
        err = statement_prepare(store->db,
                                generation_statements[GENERATION_STATEMENT_SET_CHECKPOINT].text,
                                &store->set_checkpoint, error);
    return err;
}

enum err model_store_open(const char *path, enum db_durability durability,
                          struct model_store **ret_store, struct error *error)
{
    bool exists = false;
    enum err err = file_exists(path, &exists, error);
    if (!err && !exists)
        err = error_set(error, ERR_NOT_FOUND, "%s: file not found", path);
    if (err)
        return err;
    AUTO(model_store) struct model_store *store = calloc(1, sizeof *store);
    REQUIRE(store);
    wal_bound_init(&store->wal_bound, path);
    err = db_open_writer_on_vfs(path, DB_READ_MODEL, durability, guard_vfs(), &store->db, error);
    if (!err) /* 4 MiB: one process may follow the log with all models */
        err = db_execute(store->db, "PRAGMA cache_size = -4096", error);
    if (err)
        return err;
    if (durability == DB_ORDERED) /* it serves */
        db_copy_later(store->db);
    err = model_store_read_model(store->db, &store->model, error);
    if (!err)
        err = prepare(store, error);
    if (err)
        return error_add_context(error, err, "%s", path);
    *ret_store = store;
    store = NULL;
    return OK;
}

const struct model *model_store_model(const struct model_store *store)
{
    return store->model;
}

struct db *model_store_db(struct model_store *store)
{
    return store->db;
}

static enum err broken(struct error *error, const char *table)
{
    return error_set(error, ERR_CORRUPT, "the row of %s is missing or damaged; rebuild the model",
                     table);
}

const char *model_store_state_name(enum generation_state state)
{
    return state_names[state];
}

enum err model_store_read_state(struct db *db, enum generation_state *ret_state,
                                int64_t *ret_successor, struct error *error)
{
    AUTO(statement) struct statement *select = NULL;
    bool row = false;
    enum err err = statement_prepare(db, generation_statements[GENERATION_STATEMENT_STATE].text,
                                     &select, error);
    if (!err)
        err = statement_step(select, &row, error);
    if (err)
        return err;
    for (int state = GENERATION_BUILDING; row && state <= GENERATION_RETIRED; state++) {
        if (!slice_is(statement_text(select, 0), state_names[state]))
            continue;
        *ret_state = (enum generation_state)state;
        *ret_successor = statement_int(select, 1);
        return OK;
    }
    return broken(error, "annal_generation");
}

enum err model_store_state(struct model_store *store, enum generation_state *ret_state,
                           int64_t *ret_successor, struct error *error)
{
    return model_store_read_state(store->db, ret_state, ret_successor, error);
}

enum err model_store_set_state(struct model_store *store, enum generation_state state,
                               int64_t successor, struct error *error)
{
    AUTO(statement) struct statement *update = NULL;
    enum err err = statement_prepare(
        store->db, generation_statements[GENERATION_STATEMENT_SET_STATE].text, &update, error);
    if (err)
        return err;
    statement_bind_text(update, 1, slice_of(state_names[state]));
    statement_bind_int(update, 2, successor);
    return statement_run(update, error);
}

enum err model_store_read_checkpoint(struct db *db, struct checkpoint *ret, struct error *error)
{
    AUTO(statement) struct statement *select = NULL;
    bool row = false;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_CHECKPOINT].text, &select, error);
    if (!err)
        err = statement_step(select, &row, error);
    if (err)
        return err;
    struct slice log_id = row ? statement_text(select, 0) : (struct slice){"", 0};
    struct slice hash = row ? statement_blob(select, 2) : (struct slice){"", 0};
    if (log_id.length >= sizeof ret->log_id || hash.length != sizeof ret->hash)
        return broken(error, "annal_checkpoint");
    *ret = (struct checkpoint){.position = statement_int(select, 1)};
    memcpy(ret->log_id, log_id.at, log_id.length);
    memcpy(ret->hash, hash.at, hash.length);
    return OK;
}

enum err model_store_checkpoint(struct model_store *store, struct checkpoint *ret,
                                struct error *error)
{
    return model_store_read_checkpoint(store->db, ret, error);
}

enum err model_store_begin(struct model_store *store, struct error *error)
{
    store->events = 0;
    return db_begin(store->db, error);
}

enum err model_store_apply(struct model_store *store, const struct event *event,
                           struct error *error)
{
    store->events++;
    return model_apply_event(store->apply, event, error);
}

enum err model_store_commit(struct model_store *store, const struct checkpoint *checkpoint,
                            struct error *error)
{
    statement_bind_text(store->set_checkpoint, 1, slice_of(checkpoint->log_id));
    statement_bind_int(store->set_checkpoint, 2, checkpoint->position);
    statement_bind_blob(store->set_checkpoint, 3, checkpoint->hash, sizeof checkpoint->hash);
    enum err err = statement_run(store->set_checkpoint, error);
    if (!err)
        err = db_commit(store->db, error);
    store->wal_bound.pages = store->events < BUSY_EVENTS ? WAL_BOUND_PAGES : WAL_BOUND_BUSY_PAGES;
    if (!err)
        wal_bound_check(&store->wal_bound, store->db);
    return err;
}

int64_t model_store_wal_bytes(const struct model_store *store)
{
    return store->wal_bound.bytes;
}

void model_store_rollback(struct model_store *store)
{
    db_rollback(store->db);
}

enum err model_store_drop_late_indexes(struct model_store *store, struct error *error)
{
    return model_tables_drop_late_indexes(store->model, store->db, error);
}

enum err model_store_make_late_indexes(struct model_store *store, struct error *error)
{
    return model_tables_make_late_indexes(store->model, store->db, error);
}
