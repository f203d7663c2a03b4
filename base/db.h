/* SQLite, opened in the two ways we use it. A connection belongs to one thread at a time.
 *
 * Each file has exactly one connection that writes or checkpoints (the caller holds its lock, see
 * lock_file.h); all others are readers, which do neither.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>

struct db;
struct statement;

enum db_durability {
    DB_DURABLE, /* synchronous=FULL: a COMMIT survives a power cut */
    DB_ORDERED, /* synchronous=NORMAL: never damaged; the last COMMITs may be gone after a power cut
                 */
    DB_VOLATILE, /* synchronous=OFF: survives a killed process only */
};

/* "3.40.1" */
const char *db_library_version(void);

/* Which of annal's files one is. Its application_id, in the SQLite header, is "anl" and this
 * letter. A file of another kind, or of another program, is refused with ERR_CORRUPT. One that is
 * empty (no bytes, or neither a schema nor a user_version) is of any kind: a writer makes it one of
 * its own. */
enum db_kind {
    DB_EVENTS = 'E',     /* events.db */
    DB_READ_MODEL = 'M', /* a generation, read/MODEL.N.db */
    DB_SAGAS = 'S',      /* sagas.db */
};

/* Configures SQLite, once per process. Every open does it; call it before anything else that makes
 * SQLite start by itself. */
void db_initialize(void);

/* Opens for writing, makes the file if it is not there; WAL mode. */
MUST_CHECK enum err db_open_writer(const char *path, enum db_kind kind,
                                   enum db_durability durability, struct db **ret_db,
                                   struct error *error);

/* The same on another VFS, registered with SQLite under that name. */
MUST_CHECK enum err db_open_writer_on_vfs(const char *path, enum db_kind kind,
                                          enum db_durability durability, const char *vfs,
                                          struct db **ret_db, struct error *error);

/* Opens for reading only. ERR_NOT_FOUND if there is certainly no such file; ERR_IO, naming the
 * system's reason, if it could not be opened. */
MUST_CHECK enum err db_open_reader(const char *path, enum db_kind kind, struct db **ret_db,
                                   struct error *error);

/* OK while the path by which the connection was opened names its file, and for a writer also its
 * WAL: else a COMMIT goes into a file that nobody will open again. ERR_REPLACED if it certainly
 * does not; ERR_IO if that cannot be known. Takes about a microsecond; any thread may call it. */
MUST_CHECK enum err db_check_path(const struct db *db, struct error *error);

/* Opens a private database in memory. */
MUST_CHECK enum err db_open_memory(struct db **ret_db, struct error *error);

/* Statements of it must have been closed. */
void db_close(struct db *db);
AUTO_CLOSE(db, struct db, db_close)

MUST_CHECK enum err db_set_durability(struct db *db, enum db_durability durability,
                                      struct error *error);

/* Runs statements that give no rows, one or many. */
MUST_CHECK enum err db_execute(struct db *db, const char *sql, struct error *error);

/* Runs a query whose first row and column is an integer. ERR_CORRUPT if there is no row. */
MUST_CHECK enum err db_read_int(struct db *db, const char *sql, int64_t *ret, struct error *error);

/* Creates the schema in a file that has none, and sets PRAGMA user_version. ERR_DEFINITION: the file has
 * another version. */
MUST_CHECK enum err db_create(struct db *db, const char *schema, int version, struct error *error);

/* Rows changed by the last INSERT, UPDATE or DELETE. */
int64_t db_changes(const struct db *db);

/* Transactions. db_begin takes the write lock at once (BEGIN IMMEDIATE), so that a later statement
 * cannot fail for want of it; db_begin_reading takes none, and sees the file as of its first read.
 * After an error of db_commit the transaction may be open or not. db_rollback does nothing if none
 * is open: SQLite ends a transaction by itself on some errors. */
MUST_CHECK enum err db_begin(struct db *db, struct error *error);
MUST_CHECK enum err db_begin_reading(struct db *db, struct error *error);
MUST_CHECK enum err db_commit(struct db *db, struct error *error);
void db_rollback(struct db *db);

/* True inside BEGIN … COMMIT. */
bool db_in_transaction(const struct db *db);

/* Copies the WAL into the file and truncates it. Only for the connection that writes. */
MUST_CHECK enum err db_checkpoint(struct db *db, struct error *error);

/* The same, but waits for readers no longer than `wait_ms`; ERR_BUSY if one still uses the WAL.
 * What could be copied has been, then. */
MUST_CHECK enum err db_checkpoint_within(struct db *db, int wait_ms, struct error *error);

/* Stops what the connection is doing; may be called from any thread while it is open. */
void db_interrupt(struct db *db);

/* From the monotonic clock's `deadline_ms` on, what the connection is doing or begins fails with
 * ERR_INTERRUPTED, within a millisecond or so; 0 lifts it. Until then its statements give way to
 * urgent work (base/pace.h), and are given the time that takes. For the connection's own thread. */
void db_set_deadline(struct db *db, int64_t deadline_ms);

/* A deadline is looked at between the steps of SQLite's virtual machine, and one step may be a
 * whole function. So the connection refuses, as it refuses a value that does not fit (ERR_POISON),
 * texts, blobs and rows of more than `value_bytes` and patterns of LIKE and GLOB of more than
 * `pattern_bytes`: the longest step takes some seconds then. A larger value must not be bound. */
void db_limit_values(struct db *db, int value_bytes, int pattern_bytes);

/* For the read models' guard alone: the sqlite3 handle, as void to keep sqlite3.h out of here. */
void *db_handle(struct db *db);

/* Where in its SQL the last statement failed to be prepared, in bytes, or -1 if unknown. */
int db_error_offset(const struct db *db);

/* The error for what SQLite last reported on this connection, prefixed with `doing`. */
enum err db_error(struct db *db, struct error *error, const char *doing);
