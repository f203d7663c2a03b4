/* Statements are prepared once. A rollback takes back the names that were remembered. */
#include "event_store/sqlite/log_transaction.h"

#include "event_store/sqlite/event_log.h"

enum err log_transaction_begin(struct event_log *log, struct error *error)
{
    enum err err = event_log_check(&log->store, error);
    return err ? err : log_statement_run(log, LOG_BEGIN, error);
}

enum err log_transaction_commit(struct event_log *log, struct error *error)
{
    enum err err = log_statement_run(log, LOG_COMMIT, error);
    if (err)
        log_transaction_rollback(log);
    return err;
}

void log_transaction_rollback(struct event_log *log)
{
    /* SQLite ends the transaction by itself on some errors (disk full, I/O). If the ROLLBACK
     * fails, the next BEGIN will tell. */
    if (db_in_transaction(log->db))
        (void)!log_statement_run(log, LOG_ROLLBACK, NULL);
    stream_name_forget(&log->streams);
    type_name_forget(&log->types);
}
