/* Transactions of the log's writer. */
#pragma once

#include "event_store/sqlite/event_log.h"

/* ERR_REPLACED if the log's path names another file by now: nothing is to be written to this one.
 */
MUST_CHECK enum err log_transaction_begin(struct event_log *log, struct error *error);

/* If it fails the transaction is rolled back, and the names remembered are forgotten. */
MUST_CHECK enum err log_transaction_commit(struct event_log *log, struct error *error);

/* Rolls back, if SQLite has not done it by itself already. */
void log_transaction_rollback(struct event_log *log);
