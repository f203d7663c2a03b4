/* The only file, with statement.c, that knows SQLite (the read models' guard apart). */
#include "base/db.h"

#include "base/clock.h"
#include "base/db_private.h"
#include "base/file.h"
#include "base/pace.h"
#include "base/statement.h"
#include "base/text.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>

#define BUSY_TIMEOUT_MS 5000

static void configure_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* spares a global mutex on every allocation */
    REQUIRE(sqlite3_initialize() == SQLITE_OK);
}

void db_initialize(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_library);
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

/* The system's reason goes into the message; without one SQLite's own must do. */
static enum err open_failed(struct db *db, int result, const char *path, struct error *error)
{
    int system_error = db->sqlite ? sqlite3_system_errno(db->sqlite) : 0;
    return error_set(error, db_code(result), "open %s: %s%s%s", path, sqlite3_errstr(result),
                     system_error ? ": " : "", system_error ? strerror(system_error) : "");
}

static enum err open_sqlite(const char *path, int flags, const char *vfs, struct db **ret_db,
                            struct error *error)
{
    db_initialize();
    AUTO(db) struct db *db = calloc(1, sizeof *db);
    REQUIRE(db);
    int result = sqlite3_open_v2(path, &db->sqlite,
                                 flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    if (result != SQLITE_OK)
        return open_failed(db, result, path, error);
    sqlite3_busy_timeout(db->sqlite, BUSY_TIMEOUT_MS);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    *ret_db = db;
    db = NULL;
    return OK;
}

#define APPLICATION_ID(kind) (0x616e6c00 | (kind)) /* "anl" and the letter */

static const char *kind_name(enum db_kind kind)
{
    switch (kind) {
    case DB_EVENTS:
        return "log";
    case DB_READ_MODEL:
        return "read model";
    case DB_RELAY:
        return "relay's cursor";
    case DB_SAGAS:
        return "sagas";
    }
    return "file";
}

/* Reads only: nothing of a file that is not ours is changed. */
static enum err check_kind(struct db *db, enum db_kind kind, bool *ret_empty, struct error *error)
{
    int64_t id = 0, empty = 0;
    enum err err = db_read_int(db, "PRAGMA application_id", &id, error);
    if (!err && id == 0)
        err = db_read_int(db,
                          "SELECT count(*) = 0 AND (SELECT user_version FROM pragma_user_version) "
                          "= 0 FROM sqlite_schema",
                          &empty, error);
    if (err)
        return err;
    *ret_empty = empty;
    if (empty || id == APPLICATION_ID(kind))
        return OK;
    return error_set(error, ERR_CORRUPT,
                     "this is not annal's %s but another program's SQLite file, or one of an annal "
                     "before 0.1.0 (its application_id is 0x%08llx, not 0x%08x); move it away",
                     kind_name(kind), (unsigned long long)(uint32_t)id, APPLICATION_ID(kind));
}

static enum err set_kind(struct db *db, enum db_kind kind, struct error *error)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "PRAGMA application_id = %d", APPLICATION_ID(kind));
    return db_execute(db, sql.at, error);
}

/* SQLite tells whether the path still names what it has opened: so a file that changes while it is
 * opened is not taken for the one that was. */
static enum err identify(struct db *db, const char *path, struct error *error)
{
    int has_moved = 0;
    enum err err = file_identify(path, &db->file, error);
    if (!err &&
        sqlite3_file_control(db->sqlite, NULL, SQLITE_FCNTL_HAS_MOVED, &has_moved) == SQLITE_OK &&
        has_moved)
        err = error_set(error, ERR_BUSY, "%s is being replaced", path);
    if (err)
        return err;
    db->path = strdup(path);
    REQUIRE(db->path);
    return OK;
}

/* The WAL stays the same file as long as a connection is open. A first read opens it, beside the file
 * that a link leads to. */
static enum err identify_wal(struct db *db, struct error *error)
{
    int64_t version;
    enum err err = db_read_int(db, "PRAGMA user_version", &version, error);
    const char *wal = sqlite3_filename_wal(sqlite3_db_filename(db->sqlite, "main"));
    if (!err)
        err = file_identify(wal, &db->wal, error);
    if (err)
        return err;
    db->wal_path = strdup(wal);
    REQUIRE(db->wal_path);
    return OK;
}

enum err db_check_path(const struct db *db, struct error *error)
{
    enum err err = db->path ? file_check_identity(db->path, &db->file, error) : OK;
    if (!err && db->wal_path)
        err = file_check_identity(db->wal_path, &db->wal, error);
    return err;
}

enum err db_open_writer_on_vfs(const char *path, enum db_kind kind, enum db_durability durability,
                               const char *vfs, struct db **ret_db, struct error *error)
{
    AUTO(db) struct db *db = NULL;
    bool empty = false;
    enum err err = open_sqlite(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs, &db, error);
    if (!err)
        err = check_kind(db, kind, &empty, error);
    if (!err)
        err = db_execute(db, "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON", error);
    if (!err)
        err = db_set_durability(db, durability, error);
    if (!err && empty)
        err = set_kind(db, kind, error);
    if (!err)
        err = identify(db, path, error);
    if (!err)
        err = identify_wal(db, error);
    if (err)
        return error_add_context(error, err, "%s", path);
    *ret_db = db;
    db = NULL;
    return OK;
}

enum err db_open_writer(const char *path, enum db_kind kind, enum db_durability durability,
                        struct db **ret_db, struct error *error)
{
    return db_open_writer_on_vfs(path, kind, durability, NULL, ret_db, error);
}

/* A failed open says nothing of the file: it may be for want of a descriptor. The file is looked at
 * by its path, for closing a descriptor of it would drop the locks of this process's connections.
 */
static enum err not_found_if_absent(const char *path, enum err err, struct error *error)
{
    bool exists = true;
    if (err != ERR_IO || file_exists(path, &exists, NULL) != OK || exists)
        return err;
    return error_set(error, ERR_NOT_FOUND, "%s: there is no such file", path);
}

enum err db_open_reader(const char *path, enum db_kind kind, struct db **ret_db,
                        struct error *error)
{
    AUTO(db) struct db *db = NULL;
    bool empty;
    enum err err = open_sqlite(path, SQLITE_OPEN_READONLY, NULL, &db, error);
    if (err)
        return not_found_if_absent(path, err, error);
    err = check_kind(db, kind, &empty, error);
    if (!err)
        err = identify(db, path, error);
    if (err)
        return error_add_context(error, err, "%s", path);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    *ret_db = db;
    db = NULL;
    return OK;
}

enum err db_open_memory(struct db **ret_db, struct error *error)
{
    return open_sqlite(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL, ret_db, error);
}

void db_close(struct db *db)
{
    if (!db)
        return;
    for (size_t i = 0; i < TRANSACTION_STATEMENTS; i++)
        statement_close(db->transaction[i]);
    int result = sqlite3_close(db->sqlite);
    REQUIRE(result == SQLITE_OK); /* else a statement was left open */
    free(db->path);
    free(db->wal_path);
    free(db);
}

enum err db_set_durability(struct db *db, enum db_durability durability, struct error *error)
{
    static const char *const pragma[] = {
        [DB_DURABLE] = "PRAGMA synchronous = FULL",
        [DB_ORDERED] = "PRAGMA synchronous = NORMAL",
        [DB_VOLATILE] = "PRAGMA synchronous = OFF",
    };
    return db_execute(db, pragma[durability], error);
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
    AUTO(statement) struct statement *statement = NULL;
    bool row = false;
    enum err err = statement_prepare(db, sql, &statement, error);
    if (!err)
        err = statement_step(statement, &row, error);
    if (err)
        return err;
    if (!row)
        return error_set(error, ERR_CORRUPT, "no row: %s", sql);
    *ret = statement_int(statement, 0);
    return OK;
}

static enum err migrate_one(struct db *db, const char *migration, int version, struct error *error)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "BEGIN IMMEDIATE;\n%s\n;PRAGMA user_version = %d; COMMIT", migration,
                version);
    enum err err = db_execute(db, sql.at, error);
    if (err)
        db_rollback(db);
    return err;
}

enum err db_migrate(struct db *db, const char *const *migrations, int count, struct error *error)
{
    int64_t version = 0;
    enum err err = db_read_int(db, "PRAGMA user_version", &version, error);
    if (err)
        return err;
    if (version > count)
        return error_set(
            error, ERR_DEFINITION,
            "the file has schema version %lld, this program knows up to %d; use a newer "
            "annal",
            (long long)version, count);
    for (int i = (int)version; i < count; i++) {
        err = migrate_one(db, migrations[i], i + 1, error);
        if (err)
            return error_add_context(error, err, "migration %d", i + 1);
    }
    return OK;
}

static enum err run_transaction(struct db *db, enum transaction_statement which,
                                struct error *error)
{
    static const char *const sql[] = {
        [TRANSACTION_BEGIN] = "BEGIN IMMEDIATE",
        [TRANSACTION_BEGIN_READING] = "BEGIN",
        [TRANSACTION_COMMIT] = "COMMIT",
        [TRANSACTION_ROLLBACK] = "ROLLBACK",
    };
    struct statement **statement = &db->transaction[which];
    enum err err = *statement ? OK : statement_prepare(db, sql[which], statement, error);
    return err ? err : statement_run(*statement, error);
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
    if (db_in_transaction(db))
        (void)!run_transaction(db, TRANSACTION_ROLLBACK, NULL);
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->sqlite);
}

bool db_in_transaction(const struct db *db)
{
    return !sqlite3_get_autocommit(db->sqlite);
}

enum err db_checkpoint(struct db *db, struct error *error)
{
    int result =
        sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return result == SQLITE_OK ? OK : db_error(db, error, "checkpoint");
}

enum err db_checkpoint_within(struct db *db, int wait_ms, struct error *error)
{
    int64_t timeout_ms = BUSY_TIMEOUT_MS;
    enum err err = db_read_int(db, "PRAGMA busy_timeout", &timeout_ms, error);
    if (err)
        return err;
    sqlite3_busy_timeout(db->sqlite, wait_ms);
    err = db_checkpoint(db, error);
    sqlite3_busy_timeout(db->sqlite, (int)timeout_ms);
    return err;
}

void db_interrupt(struct db *db)
{
    sqlite3_interrupt(db->sqlite);
}

#define STEPS_BETWEEN_LOOKS 500 /* of SQLite's virtual machine: some ten microseconds */

/* The time in which it gave way is not the statement's own. */
static int deadline_is_over(void *db_)
{
    struct db *db = db_;
    db->deadline_us += pace_give_way();
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

const char *db_library_version(void)
{
    return sqlite3_libversion();
}
