/* Restricts a definition's SQL: it may read and write the model's own tables, as a function of the event
 * and of these tables alone.
 *
 * Three parts: an authorizer, which SQLite calls for everything that a statement accesses when it is
 * prepared; a VFS whose clock is the event's time, because an authorizer does not see 'now' or DEFAULT
 * CURRENT_TIMESTAMP; and a limit of steps, because an authorizer does not see that a statement never
 * ends. guard.c is the only file of the module that includes sqlite3.h.
 */
#pragma once

#include "base/db.h"
#include "read_model/definition/model_private.h"

enum guard_mode {
    GUARD_SCHEMA,  /* CREATE TABLE, CREATE INDEX */
    GUARD_HANDLER, /* reads and writes the model's tables */
    GUARD_QUERY,   /* reads them */
};

struct guard {
    enum guard_mode mode;
    const struct model_table *tables; /* of the model; borrowed; unused for a schema */
    size_t table_count;
    const char *sql;  /* what guard_prepare() prepares just now */
    char reason[200]; /* why the guard rejected the last statement; "" if it did not */
    char subject[64]; /* the function or table that caused it; "" if none */
};

/* Until guard_end(), the guard decides which statements can be prepared on the connection; the
 * guard must not move meanwhile. Prepared statements stay valid afterwards. */
MUST_CHECK enum err guard_begin(struct guard *guard, struct db *db, struct error *error);
void guard_end(struct db *db);

/* Prepares a statement of the definition under the guard. ERR_DEFINITION, with the guard's reason or
 * SQLite's message, names file and line. */
MUST_CHECK enum err guard_prepare(struct guard *guard, struct db *db, const struct model *model,
                                  const struct model_statement *statement,
                                  struct statement **ret_statement, struct error *error);

/* True if a definition may call the SQLite function of this name. */
bool guard_allows_function(struct slice name);

/* Why other functions are rejected: the text that follows "the function <name>" in a message. */
extern const char guard_why_not_function[];

/* The VFS for files of read models: the default one with another clock. The first call registers
 * it, and makes the modifiers 'localtime' and 'utc' fail in this process, because they depend on
 * the machine. */
const char *guard_vfs(void);

/* Enclose the statements of one event. In between, 'now' is `us`, in microseconds since 1970
 * (SQLite cuts it to milliseconds), for this thread's statements on guard_vfs(), and on connections
 * with guard_limit() the statements may take a bounded number of steps. */
void guard_enter_event(int64_t us);
void guard_leave_event(void);

/* Statements of an event that take too many steps are interrupted on this connection; SQLite then
 * rolls the transaction back. */
void guard_limit(struct db *db);

/* True if the statements of the event took too many steps. */
bool guard_limit_reached(void);

/* Sets the millions of steps that an event may take; 0 restores the default. For tests. */
void guard_limit_set_for_test(int million_steps);
