/* What an open connection does: statements, the schema, transactions, checkpoints, limits. */
#include "base/db_private.h"

#include "base/clock.h"
#include "base/pace.h"
#include "base/text.h"

#include <sqlite3.h>

const char *db_library_version(void)
{
    return sqlite3_libversion();
}

enum err db_code(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return ERR_BUSY;
    case SQLITE_FULL:
        return ERR_DISK_FULL;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return ERR_IO;
    case SQLITE_NOMEM:
        return ERR_NO_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_INTERRUPT:
        return ERR_INTERRUPTED;
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
        return ERR_POISON;
    case SQLITE_AUTH:
        return ERR_DEFINITION;
    default:
        return ERR_INTERNAL;
    }
}

enum err db_error(struct db *db, struct error *error, const char *doing)
{
    return error_set(error, db_code(sqlite3_extended_errcode(db->sqlite)), "%s: %s", doing,
                     sqlite3_errmsg(db->sqlite));
}

enum err db_prepare(struct db *db, const char *sql, sqlite3_stmt **ret_statement,
                    struct error *error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL))
        return db_error(db, error, "prepare");
    if (!statement)
        return error_set(error, ERR_DEFINITION, "no statement in: %.200s", sql);
    *ret_statement = statement;
    return OK;
}

enum err db_step(struct db *db, sqlite3_stmt *statement, bool *ret_row, struct error *error)
{
    int result = sqlite3_step(statement);
    *ret_row = result == SQLITE_ROW;
    if (result == SQLITE_ROW || result == SQLITE_DONE)
        return OK;
    enum err err = error_set(error, db_code(result), "%s", sqlite3_errmsg(db->sqlite));
    sqlite3_reset(statement);
    return err;
}

enum err db_execute(struct db *db, const char *sql, struct error *error)
{
    char *why = NULL;
    int result = sqlite3_exec(db->sqlite, sql, NULL, NULL, &why);
    if (result == SQLITE_OK)
        return OK;
    enum err err = error_set(error, db_code(result), "%s", why ? why : sqlite3_errstr(result));
    sqlite3_free(why);
    return err;
}

enum err db_read_int(struct db *db, const char *sql, int64_t *ret, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    enum err err = db_prepare(db, sql, &statement, error);
    if (!err)
        err = db_step(db, statement, &row, error);
    if (!err && !row)
        err = error_set(error, ERR_CORRUPT, "no row: %s", sql);
    if (!err)
        *ret = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return err;
}

static void permit(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count, (void)values;
    sqlite3_result_int(context, 1);
}

enum err db_define_permit(struct db *db, const char *name, struct error *error)
{
    int result = sqlite3_create_function(db->sqlite, name, 0,
                                         SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                         NULL, permit, NULL, NULL);
    return result == SQLITE_OK ? OK : db_error(db, error, name);
}

/* ---- the schema ---- */

enum err db_check_schema(struct db *db, int version, struct error *error)
{
    int64_t found = 0;
    enum err err = db_read_int(db, "PRAGMA user_version", &found, error);
    if (err || found == version)
        return err;
    if (found == 0)
        return error_set(error, ERR_NOT_FOUND, "%s has no schema yet", db->path);
    return error_set(error, ERR_DEFINITION,
                     "%s has schema version %lld, this program needs version %d, and files are not "
                     "migrated before annal 0.1.0: %s, or begin with an empty data directory",
                     db->path, (long long)found, version,
                     found > version ? "use a newer annal" : "run the annal that made it");
}

static enum err create_schema(struct db *db, const char *schema, int version, struct error *error)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "BEGIN IMMEDIATE;\n%s\n;PRAGMA user_version = %d; COMMIT", schema, version);
    enum err err = db_execute(db, sql.at, error);
    if (err)
        db_rollback(db);
    return err;
}

enum err db_create(struct db *db, const char *schema, int version, struct error *error)
{
    enum err err = db_check_schema(db, version, error);
    return err == ERR_NOT_FOUND ? create_schema(db, schema, version, error) : err;
}

/* ---- transactions ---- */

static enum err run_transaction(struct db *db, enum transaction_statement which,
                                struct error *error)
{
    static const char *const sql[] = {
        [TRANSACTION_BEGIN] = "BEGIN IMMEDIATE",
        [TRANSACTION_BEGIN_READING] = "BEGIN",
        [TRANSACTION_COMMIT] = "COMMIT",
        [TRANSACTION_ROLLBACK] = "ROLLBACK",
    };
    sqlite3_stmt **statement = &db->transaction[which];
    bool row;
    enum err err = *statement ? OK : db_prepare(db, sql[which], statement, error);
    if (!err)
        err = db_step(db, *statement, &row, error);
    sqlite3_reset(*statement);
    return err;
}

enum err db_begin(struct db *db, struct error *error)
{
    return run_transaction(db, TRANSACTION_BEGIN, error);
}

enum err db_begin_reading(struct db *db, struct error *error)
{
    return run_transaction(db, TRANSACTION_BEGIN_READING, error);
}

enum err db_commit(struct db *db, struct error *error)
{
    return run_transaction(db, TRANSACTION_COMMIT, error);
}

/* If it fails, the next BEGIN reports it. */
void db_rollback(struct db *db)
{
    if (!sqlite3_get_autocommit(db->sqlite))
        (void)!run_transaction(db, TRANSACTION_ROLLBACK, NULL);
    joining_vfs_drop(db->sqlite);
}

enum err db_end_reading(struct db *db, struct error *error)
{
    enum err err = db_commit(db, error);
    if (err)
        db_rollback(db);
    return err;
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->sqlite);
}

static int note_wal(void *db_, sqlite3 *sqlite, const char *schema, int pages)
{
    struct db *db = db_;
    (void)sqlite, (void)schema;
    db->wal_pages = pages;
    return SQLITE_OK;
}

void db_copy_later(struct db *db)
{
    sqlite3_wal_hook(db->sqlite, note_wal, db); /* replaces the one that copies */
}

int db_wal_pages(const struct db *db)
{
    return db->wal_pages;
}

enum err db_copy_wal(struct db *db, int *ret_pages, struct error *error)
{
    int pages;
    int result =
        sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, ret_pages);
    return result == SQLITE_OK ? OK : db_error(db, error, "copy the WAL");
}

enum err db_checkpoint(struct db *db, struct error *error)
{
    int result =
        sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return result == SQLITE_OK ? OK : db_error(db, error, "checkpoint");
}

enum err db_checkpoint_within(struct db *db, int wait_ms, struct error *error)
{
    int64_t timeout_ms = DB_BUSY_TIMEOUT_MS;
    enum err err = db_read_int(db, "PRAGMA busy_timeout", &timeout_ms, error);
    if (err)
        return err;
    sqlite3_busy_timeout(db->sqlite, wait_ms);
    err = db_checkpoint(db, error);
    sqlite3_busy_timeout(db->sqlite, (int)timeout_ms);
    return err;
}

#define STEPS_BETWEEN_LOOKS 500 /* of SQLite's virtual machine: some ten microseconds */

/* Time spent yielding does not count against the deadline. */
static int deadline_is_over(void *db_)
{
    struct db *db = db_;
    db->deadline_us += pace_yield();
    return clock_monotonic_us() >= db->deadline_us;
}

void db_set_deadline(struct db *db, int64_t deadline_ms)
{
    db->deadline_us = deadline_ms * 1000;
    sqlite3_progress_handler(db->sqlite, deadline_ms ? STEPS_BETWEEN_LOOKS : 0, deadline_is_over,
                             db);
}

void db_limit_values(struct db *db, int value_bytes, int pattern_bytes)
{
    sqlite3_limit(db->sqlite, SQLITE_LIMIT_LENGTH, value_bytes);
    sqlite3_limit(db->sqlite, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, pattern_bytes);
}

void *db_handle(struct db *db)
{
    return db->sqlite;
}

int db_error_offset(const struct db *db)
{
    return sqlite3_error_offset(db->sqlite);
}
