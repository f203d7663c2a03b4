/* Readers of the log, lent to HTTP threads for a request. Each has its own connection; as many are
 * open as were ever needed at once. */
#pragma once

#include "schema/catalogue.h"
#include "write_model/event_log.h"

struct log_readers;

/* Both are borrowed. Snapshots of this catalogue are trusted. */
struct log_readers *log_readers_open(const char *data_directory, const struct catalogue *catalogue);
/* All readers must have been given back. */
void log_readers_close(struct log_readers *readers);
AUTO_CLOSE(log_readers, struct log_readers, log_readers_close)

MUST_CHECK enum err log_readers_take(struct log_readers *readers, struct event_log **ret_log,
                                     struct error *error);
void log_readers_give_back(struct log_readers *readers, struct event_log *log);
