/* Keeps a definition's SQL to what it may do: read and write the model's own tables, as a function
 * of the event and of these tables alone.
 *
 * Three parts: an authorizer, asked by SQLite for everything a statement would touch when it is
 * prepared; a VFS whose clock is the event's time, because no authorizer sees 'now' or DEFAULT
 * CURRENT_TIMESTAMP; and a limit of steps, because none sees that a statement never ends. The one
 * file here that includes sqlite3.h is guard.c.
 */
#pragma once

#include "base/db.h"
#include "read_model/definition/model.h"

enum guard_mode {
    GUARD_SCHEMA,  /* CREATE TABLE, CREATE INDEX */
    GUARD_HANDLER, /* reads and writes the model's tables */
    GUARD_QUERY,   /* reads them */
};

struct guard {
    enum guard_mode mode;
    const struct model_table *tables; /* the model's own; borrowed; not looked at for a schema */
    size_t table_count;
    const char *sql;  /* what guard_prepare() prepares just now */
    char reason[200]; /* why the last statement was refused; "" if the guard did not refuse it */
    char subject[64]; /* the function or table it was refused for; "" if none */
};

/* From now on the guard decides what may be prepared on the connection. It must stay where it is
 * until guard_end(). Statements that are prepared stay allowed. */
MUST_CHECK enum err guard_begin(struct guard *guard, struct db *db, struct error *error);
void guard_end(struct db *db);

/* Prepares under the guard. ERR_DEFINITION with the guard's reason, or SQLite's; `*ret_offset` is
 * where in the SQL, in bytes, -1 if SQLite does not say. */
MUST_CHECK enum err guard_prepare(struct guard *guard, struct db *db, const char *sql,
                                  struct statement **ret_statement, int *ret_offset,
                                  struct error *error);

/* True if a definition may call the function of SQLite by this name. */
bool guard_allows_function(struct slice name);

/* What is told of those that are not, behind "the function <name>". */
extern const char guard_why_not_function[];

/* The VFS for files of read models: as the default one, but for the clock. Registers it at first
 * use. Also makes the modifiers 'localtime' and 'utc' fail in this process: they depend on the
 * machine. */
const char *guard_vfs(void);

/* Around the statements of one event: 'now' is its time for this thread's statements on
 * guard_vfs(), microseconds since 1970 (SQLite cuts it to milliseconds), and they may take a
 * bounded number of steps on connections that guard_limit() was called for. */
void guard_enter_event(int64_t us);
void guard_leave_event(void);

/* From now on statements of an event that take too many steps are interrupted on the connection;
 * SQLite then rolls the transaction back. */
void guard_limit(struct db *db);

/* True if the event's statements took too many steps. */
bool guard_limit_reached(void);

/* Millions of steps an event may take; 0 gives the default again. For tests. */
void guard_limit_set_for_test(int million_steps);
