/* A rollback takes back the names that were remembered. */
#include "event_store/sqlite/log_transaction.h"

#include "event_store/sqlite/event_log.h"

enum err log_transaction_begin(struct event_log *log, struct error *error)
{
    enum err err = event_log_check(&log->store, error);
    return err ? err : db_begin(log->db, error);
}

enum err log_transaction_commit(struct event_log *log, struct error *error)
{
    enum err err = db_commit(log->db, error);
    if (err)
        log_transaction_rollback(log);
    return err;
}

/* SQLite ends the transaction by itself on some errors (disk full, I/O). */
void log_transaction_rollback(struct event_log *log)
{
    db_rollback(log->db);
    stream_name_forget(&log->streams);
    type_name_forget(&log->types);
}
