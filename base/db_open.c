/* Opening and closing: the kind of a file, its identity and its path. */
#include "base/db_private.h"
#include "base/text.h"

#include <malloc.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>

/* For statements that may fail after they have written, SQLite allocates 64 KiB (the statement journal) and
 * frees them after each run; the command desk frees as much after each batch. Where they lie at the end of the
 * heap, glibc by default returns them to the system each time, and the kernel clears the pages again. */
#define HEAP_KEPT_BYTES (1 << 20)

static void configure_library(void)
{
    mallopt(M_TRIM_THRESHOLD, HEAP_KEPT_BYTES);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* spares a global mutex on every allocation */
    REQUIRE(sqlite3_initialize() == SQLITE_OK);
}

void db_initialize(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure_library);
}

/* Names the system's reason if SQLite knows one. */
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
    sqlite3_busy_timeout(db->sqlite, DB_BUSY_TIMEOUT_MS);
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
    case DB_SAGAS:
        return "sagas";
    }
    return "file";
}

/* Only reads, so that another program's file stays unchanged. */
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

/* The identity is read by path, after SQLite has opened the file. Then SQLite reports whether the
 * path still names the file it opened, so that a file moved there in between is noticed. */
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

/* The WAL stays the same file while a connection is open. The first read opens it, beside the file
 * that a symbolic link leads to. */
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

static enum err set_durability(struct db *db, enum db_durability durability, struct error *error)
{
    static const char *const pragma[] = {
        [DB_DURABLE] = "PRAGMA synchronous = FULL",
        [DB_ORDERED] = "PRAGMA synchronous = NORMAL",
        [DB_VOLATILE] = "PRAGMA synchronous = OFF",
    };
    return db_execute(db, pragma[durability], error);
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
        err = set_durability(db, durability, error);
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
    return db_open_writer_on_vfs(path, kind, durability, joining_vfs(), ret_db, error);
}

/* A failed open does not prove that the file is missing: descriptors may have run out. The file is
 * examined by path, because closing a descriptor of it would drop the locks that this process's other
 * connections hold. */
static enum err not_found_if_absent(const char *path, enum err err, struct error *error)
{
    bool exists = true;
    if (err != ERR_IO || file_exists(path, &exists, NULL) != OK || exists)
        return err;
    return error_set(error, ERR_NOT_FOUND, "%s: file not found", path);
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
        sqlite3_finalize(db->transaction[i]);
    int result = sqlite3_close(db->sqlite);
    REQUIRE(result == SQLITE_OK); /* else a statement was left open */
    free(db->path);
    free(db->wal_path);
    free(db);
}
