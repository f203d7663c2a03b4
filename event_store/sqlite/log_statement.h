/* The log's prepared statements: SQL files of event_store/sqlite/sql, each prepared when it is
 * first needed and kept as long as the log is open. */
#pragma once

#include "base/statement.h"

struct event_log;

enum log_statement {
#define LOG_STATEMENT(name, file) LOG_##name,
#include "event_store/sqlite/log_statement.def"
#undef LOG_STATEMENT
    LOG_STATEMENT_COUNT,
};

/* The statement, ready to be bound; the log owns it. */
MUST_CHECK enum err log_statement_get(struct event_log *log, enum log_statement which,
                                      struct statement **ret_statement, struct error *error);

/* Runs one that has neither parameters nor rows. */
MUST_CHECK enum err log_statement_run(struct event_log *log, enum log_statement which,
                                      struct error *error);

/* Steps a statement that is bound, reads the integer in the first column of its row, resets it.
 * `fallback` if there is no row. */
MUST_CHECK enum err log_statement_read_int(struct statement *statement, int64_t fallback,
                                           int64_t *ret, struct error *error);

/* The text of a file in event_store/sqlite/sql or a schema of the log. */
const char *log_statement_text(const char *file);

void log_statement_close_all(struct event_log *log);
