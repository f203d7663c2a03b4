/* A connection from the inside. db_open.c, db.c and statement.c, which stands on them, joining_vfs.c and the
 * read models' guard are the only files that include sqlite3.h. */
#pragma once

#include "base/db.h"
#include "base/file.h"

struct sqlite3;
struct sqlite3_stmt;

#define DB_BUSY_TIMEOUT_MS 5000

/* Statements that every connection may use, prepared when first used. */
enum transaction_statement {
    TRANSACTION_BEGIN,
    TRANSACTION_BEGIN_READING,
    TRANSACTION_COMMIT,
    TRANSACTION_ROLLBACK,
    TRANSACTION_STATEMENTS
};

struct db {
    struct sqlite3 *sqlite;
    int64_t deadline_us; /* 0: none */
    int wal_pages;       /* after the last COMMIT, once db_copy_later() was called */
    struct sqlite3_stmt *transaction[TRANSACTION_STATEMENTS];
    /* The files that were opened, and their paths; NULL: not one of a file system, or a reader's
     * WAL. Set when the connection is opened, never changed. */
    char *path, *wal_path;
    struct file_identity file, wal;
};

/* The error code for a result code of SQLite, extended or not. */
enum err db_code(int sqlite_code);

/* Prepares the one statement in `sql`, to be kept. ERR_DEFINITION if `sql` has none. */
MUST_CHECK enum err db_prepare(struct db *db, const char *sql, struct sqlite3_stmt **ret_statement,
                               struct error *error);

/* Takes a step; *ret_row says whether it returned a row. On an error the statement is reset. */
MUST_CHECK enum err db_step(struct db *db, struct sqlite3_stmt *statement, bool *ret_row,
                            struct error *error);

/* ---- joining_vfs.c ---- */

/* After a rollback: forgets what was collected for the WAL, where another connection may write now. */
void joining_vfs_drop(struct sqlite3 *sqlite);
