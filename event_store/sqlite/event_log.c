/* Opening and closing the log, and its head.
 *
 * Only the holder of the lock writes or checkpoints. A reader is opened read-only and finds either
 * no log or a whole one: the file is made in one transaction.
 */
#include "event_store/sqlite/event_log.h"
#include "base/embedded.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

extern const struct embedded_file event_store_files[];

/* Of events.sql, as PRAGMA user_version. */
#define SCHEMA_VERSION 3

/* DIR/events.db */
static struct event_log *create_log(const char *directory)
{
    struct event_log *log = calloc(1, sizeof *log);
    REQUIRE(log && asprintf(&log->path, "%s/" EVENT_LOG_FILE, directory) > 0);
    return log;
}

void event_log_close(struct event_store *store)
{
    struct event_log *log = event_log_of(store);
    statement_set_finish(&log->statements);
    log_name_forget(log);
    stream_names_finish(log);
    db_close(log->db);
    lock_file_release(log->lock); /* after the close, which may checkpoint */
    free(log->path);
    wal_bound_finish(&log->wal_bound);
    free(log);
}

/* The only other writer is a shell, so the wait for locks is short. */
static enum err configure_writer(struct db *db, struct error *error)
{
    return db_execute(db, "PRAGMA busy_timeout = 1000; PRAGMA cache_size = -16384", error);
}

static enum err read_id(struct event_log *log, struct error *error)
{
    struct statement *id;
    bool row;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_LOG_ID, &id, error);
    if (!err)
        err = statement_step(id, &row, error);
    if (err)
        return err;
    struct slice text = row ? statement_text(id, 0) : (struct slice){0};
    if (text.length == ID_UUID_BYTES - 1)
        memcpy(log->store.log_id, text.at, text.length);
    statement_reset(id);
    return log->store.log_id[0] ? OK : error_set(error, ERR_CORRUPT, "the log has no id");
}

/* SQLite deletes a WAL without a main file, and with it the events that are only there. */
static enum err refuse_an_orphaned_wal(const char *path, struct error *error)
{
    AUTO(text) struct text wal = {0};
    bool exists = false, has_wal = false;
    text_printf(&wal, "%s-wal", path);
    enum err err = file_exists(path, &exists, error);
    if (!err && !exists)
        err = file_exists(wal.at, &has_wal, error);
    if (err || !has_wal)
        return err;
    return error_set(
        error, ERR_OTHER_LOG,
        "%s does not exist, but its WAL %s does, and may hold events: put the file back "
        "beside it; to begin a new log on purpose, remove the WAL as well",
        path, wal.at);
}

static enum err open_writer(struct event_log *log, const char *directory, struct error *error)
{
    const char *schema = embedded_text(event_store_files, "events.sql").at;
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return error_set(error, ERR_IO, "make %s: %s", directory, strerror(errno));
    enum err err = refuse_an_orphaned_wal(log->path, error);
    if (err)
        return err;
    wal_bound_init(&log->wal_bound, log->path);
    err = lock_file_take(log->path, "annal commands", &log->lock, error);
    if (!err)
        err = db_open_writer(log->path, DB_EVENTS, DB_DURABLE, &log->db, error);
    if (!err)
        err = configure_writer(log->db, error);
    if (!err)
        db_copy_later(log->db);
    if (!err)
        err = db_define_permit(log->db, "only_annal_appends", error);
    return err ? err : db_create(log->db, schema, SCHEMA_VERSION, error);
}

static enum err open_reader(struct event_log *log, struct error *error)
{
    enum err err = db_open_reader(log->path, DB_EVENTS, &log->db, error);
    /* There are many readers, and each reads the log once: a small cache is enough. */
    if (!err)
        err = db_execute(log->db, "PRAGMA cache_size = -512", error);
    return err ? err : db_check_schema(log->db, SCHEMA_VERSION, error);
}

enum err event_log_open(const char *directory, enum event_store_access access,
                        struct event_store **ret_store, struct error *error)
{
    struct event_log *log = create_log(directory);
    enum err err =
        access == EVENT_STORE_WRITE ? open_writer(log, directory, error) : open_reader(log, error);
    statement_set_init(&log->statements, log->db, log_statements, LOG_STATEMENT_COUNT);
    if (!err)
        err = stream_names_init(log, error);
    if (!err)
        err = read_id(log, error);
    if (err) {
        event_log_close(&log->store);
        return err;
    }
    *ret_store = &log->store;
    return OK;
}

/* If SQLite has rolled back, after an error of a read, the names that were added to `recent` are gone. */
enum err event_log_end_reading(struct event_log *log, struct error *error)
{
    enum err err = db_end_reading(log->db, error);
    if (err)
        stream_names_forget(log);
    return err;
}

enum err event_log_check(struct event_store *store, struct error *error)
{
    return db_check_path(event_log_of(store)->db, error);
}

enum err event_log_copy_hash(struct slice blob, unsigned char ret_hash[EVENT_HASH_BYTES],
                             struct error *error)
{
    if (blob.length != EVENT_HASH_BYTES)
        return error_set(error, ERR_CORRUPT, "the hash has %zu bytes, not %d", blob.length,
                         EVENT_HASH_BYTES);
    memcpy(ret_hash, blob.at, EVENT_HASH_BYTES);
    return OK;
}

enum err event_log_head(struct event_store *store, struct checkpoint *ret_head,
                        int64_t *ret_time_us, struct error *error)
{
    struct event_log *log = event_log_of(store);
    struct checkpoint head = {0};
    struct statement *newest;
    bool row;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_HEAD, &newest, error);
    if (!err)
        err = statement_step(newest, &row, error);
    if (err)
        return error_add_context(error, err, "the log's head");
    memcpy(head.log_id, store->log_id, sizeof head.log_id);
    if (row) {
        head.position = statement_int(newest, 0);
        err = event_log_copy_hash(statement_blob(newest, 2), head.hash, error);
    }
    if (ret_time_us)
        *ret_time_us = row ? statement_int(newest, 1) : 0;
    statement_reset(newest);
    if (!err)
        *ret_head = head;
    return err;
}

enum err event_log_hash_at(struct event_store *store, int64_t position,
                           unsigned char ret_hash[EVENT_HASH_BYTES], struct error *error)
{
    struct event_log *log = event_log_of(store);
    struct statement *hash_at;
    bool row;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_HASH_AT, &hash_at, error);
    if (err)
        return err;
    statement_bind_int(hash_at, 1, position);
    err = statement_step(hash_at, &row, error);
    if (err)
        return err;
    err =
        row ? event_log_copy_hash(statement_blob(hash_at, 0), ret_hash, error)
            : error_set(error, ERR_NOT_FOUND, "the log has no position %lld", (long long)position);
    statement_reset(hash_at);
    return err;
}
