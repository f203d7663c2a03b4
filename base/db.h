/* A connection to an SQLite file, as its writer or as a reader. It belongs to one thread at a time.
 *
 * Each file has exactly one connection that writes or checkpoints (its process holds the lock, see
 * lock_file.h); all other connections only read. Statements are in statement.h.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>

struct db;

enum db_durability {
    DB_DURABLE,  /* synchronous=FULL: a COMMIT survives a power cut */
    DB_ORDERED,  /* synchronous=NORMAL: a power cut may lose the last COMMITs, but never damages */
    DB_VOLATILE, /* synchronous=OFF: survives only a killed process */
};

/* "3.40.1" */
const char *db_library_version(void);

/* The kind of one of annal's files. Its application_id, in the SQLite header, is "anl" and this letter.
 * Opening a file of another kind, or of another program, fails with ERR_CORRUPT. An empty file (no
 * bytes, or neither a schema nor a user_version) has no kind yet: a writer sets it. */
enum db_kind {
    DB_EVENTS = 'E',     /* events.db */
    DB_READ_MODEL = 'M', /* a generation, read/MODEL.N.db */
    DB_SAGAS = 'S',      /* sagas.db */
};

/* Configures SQLite, once per process. Every open calls it; call it before any other use of SQLite. */
void db_initialize(void);

/* Opens for writing in WAL mode; creates the file if it does not exist. */
MUST_CHECK enum err db_open_writer(const char *path, enum db_kind kind,
                                   enum db_durability durability, struct db **ret_db,
                                   struct error *error);

/* The name of the VFS of all writers, which joins writes to the WAL (joining_vfs.c); registers it once. Any
 * thread. */
const char *joining_vfs(void);

/* The same on another VFS, registered with SQLite under that name, which should stand on joining_vfs(). */
MUST_CHECK enum err db_open_writer_on_vfs(const char *path, enum db_kind kind,
                                          enum db_durability durability, const char *vfs,
                                          struct db **ret_db, struct error *error);

/* Opens for reading only. ERR_NOT_FOUND if the file certainly does not exist; ERR_IO, with the system's
 * reason, if it could not be opened. */
MUST_CHECK enum err db_open_reader(const char *path, enum db_kind kind, struct db **ret_db,
                                   struct error *error);

/* OK while the path by which the connection was opened names its file and, for a writer, its WAL;
 * otherwise a COMMIT writes to a file that no process will open again. ERR_REPLACED if the path certainly
 * names another file or none; ERR_IO if that is unknown. Takes about a microsecond; any thread may call it. */
MUST_CHECK enum err db_check_path(const struct db *db, struct error *error);

/* Opens a private database in memory. */
MUST_CHECK enum err db_open_memory(struct db **ret_db, struct error *error);

/* All its statements must have been closed. */
void db_close(struct db *db);
AUTO_CLOSE(db, struct db, db_close)

/* Runs one or more statements that return no rows. */
MUST_CHECK enum err db_execute(struct db *db, const char *sql, struct error *error);

/* Runs a query whose first row and column is an integer. ERR_CORRUPT if it returns no row. */
MUST_CHECK enum err db_read_int(struct db *db, const char *sql, int64_t *ret, struct error *error);

/* Whether the file's schema has this version (PRAGMA user_version). ERR_NOT_FOUND: the file has no schema
 * yet; ERR_DEFINITION: it has another version. */
MUST_CHECK enum err db_check_schema(struct db *db, int version, struct error *error);

/* The same, but creates the schema, in one transaction, in a file that has none. */
MUST_CHECK enum err db_create(struct db *db, const char *schema, int version, struct error *error);

/* Rows changed by the last INSERT, UPDATE or DELETE. */
int64_t db_changes(const struct db *db);

/* Defines the SQL function `name` on this connection: it takes no argument and returns 1. A trigger that calls
 * it lets only connections write that have it; to others it is an unknown function. */
MUST_CHECK enum err db_define_permit(struct db *db, const char *name, struct error *error);

/* Transactions. db_begin takes the write lock at once (BEGIN IMMEDIATE), so that no later statement fails
 * because another connection holds it; db_begin_reading takes no lock and sees the file as of its first
 * read. After an error of db_commit the transaction may be open or not. db_rollback does nothing if no
 * transaction is open: SQLite ends a transaction by itself on some errors. */
MUST_CHECK enum err db_begin(struct db *db, struct error *error);
MUST_CHECK enum err db_begin_reading(struct db *db, struct error *error);
MUST_CHECK enum err db_commit(struct db *db, struct error *error);
void db_rollback(struct db *db);

/* Ends a transaction of db_begin_reading. If COMMIT fails, returns its error and rolls back, so that the
 * transaction is over in each case; the rows that were read are valid nevertheless. */
MUST_CHECK enum err db_end_reading(struct db *db, struct error *error);

/* From now on no COMMIT copies the WAL into the file: the caller does that, with db_copy_wal(), when
 * db_wal_pages(), the length of the WAL after the last COMMIT, has become large. */
void db_copy_later(struct db *db);
int db_wal_pages(const struct db *db);

/* Copies the pages of the WAL that no reader prevents from being copied, without waiting; *ret_pages is how
 * many have been copied since the WAL began. If all have, and no reader uses the WAL, the next transaction
 * begins it again. */
MUST_CHECK enum err db_copy_wal(struct db *db, int *ret_pages, struct error *error);

/* Copies the WAL into the file and truncates it. Only for the connection that writes. */
MUST_CHECK enum err db_checkpoint(struct db *db, struct error *error);

/* The same, but waits at most `wait_ms` for readers. ERR_BUSY if one still uses the WAL; as much as
 * possible has been copied then. */
MUST_CHECK enum err db_checkpoint_within(struct db *db, int wait_ms, struct error *error);

/* After `deadline_ms` of the monotonic clock, a statement that runs or begins fails with ERR_INTERRUPTED
 * within about a millisecond; 0 removes the deadline. Until then statements yield to urgent work
 * (base/pace.h), and the deadline moves by the time they yield. Only on the connection's thread. */
void db_set_deadline(struct db *db, int64_t deadline_ms);

/* SQLite checks a deadline between the steps of its virtual machine, and one step may be a whole function.
 * So that the longest step takes only some seconds, this makes texts, blobs and rows of more than
 * `value_bytes`, and patterns of LIKE and GLOB of more than `pattern_bytes`, fail with ERR_POISON. A
 * larger value must not be bound. */
void db_limit_values(struct db *db, int value_bytes, int pattern_bytes);

/* Only for the read models' guard: the sqlite3 handle, as void, so that sqlite3.h is not included here. */
void *db_handle(struct db *db);

/* The byte offset in its SQL at which preparing the last statement failed, or -1 if unknown. */
int db_error_offset(const struct db *db);

/* Sets the error that SQLite last reported on this connection, prefixed with `doing`. */
enum err db_error(struct db *db, struct error *error, const char *doing);
