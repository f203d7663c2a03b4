/* The one list of statements is log_statement.def; here each is prepared at most once. */
#include "event_store/sqlite/log_statement.h"

#include "base/embedded.h"
#include "event_store/sqlite/event_log.h"

extern const struct embedded_file event_store_sql[];

const char *log_statement_text(const char *file)
{
    return embedded_text(event_store_sql, file).at;
}

enum err log_statement_get(struct event_log *log, enum log_statement which,
                           struct statement **ret_statement, struct error *error)
{
    static const char *const files[] = {
#define LOG_STATEMENT(name, file) file,
#include "event_store/sqlite/log_statement.def"
#undef LOG_STATEMENT
    };
    if (!log->statements[which]) {
        enum err err = statement_prepare(log->db, log_statement_text(files[which]),
                                         &log->statements[which], error);
        if (err)
            return error_add_context(error, err, "%s", files[which]);
    }
    *ret_statement = log->statements[which];
    return OK;
}

enum err log_statement_run(struct event_log *log, enum log_statement which, struct error *error)
{
    struct statement *statement;
    enum err err = log_statement_get(log, which, &statement, error);
    return err ? err : statement_run(statement, error);
}

enum err log_statement_read_int(struct statement *statement, int64_t fallback, int64_t *ret,
                                struct error *error)
{
    bool row;
    enum err err = statement_step(statement, &row, error);
    if (err)
        return err;
    *ret = row ? statement_int(statement, 0) : fallback;
    statement_reset(statement);
    return OK;
}

void log_statement_close_all(struct event_log *log)
{
    for (int i = 0; i < LOG_STATEMENT_COUNT; i++) {
        statement_close(log->statements[i]);
        log->statements[i] = NULL;
    }
}
