/* Transactions of the log's writer, and the savepoint of a command. */
#pragma once

#include "event_store/sqlite/event_log.h"

/* ERR_REPLACED if the log's path names another file by now: nothing is to be written to this one.
 */
MUST_CHECK enum err log_transaction_begin(struct event_log *log, struct error *error);

/* If it fails the transaction is rolled back, and what is remembered of the head forgotten. */
MUST_CHECK enum err log_transaction_commit(struct event_log *log, struct error *error);

/* Rolls back, if SQLite has not done it by itself already. */
void log_transaction_rollback(struct event_log *log);

/* A command's part of the transaction: kept, or undone as if it had not been. */
MUST_CHECK enum err log_transaction_save(struct event_log *log, struct error *error);
MUST_CHECK enum err log_transaction_keep(struct event_log *log, struct error *error);

/* False if the whole transaction is gone with it. */
MUST_CHECK bool log_transaction_undo(struct event_log *log);
