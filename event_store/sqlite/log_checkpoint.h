/* Keeping the log's WAL from growing without end. */
#pragma once

#include "event_store/sqlite/event_log.h"

/* Between transactions, after each COMMIT: truncates the WAL if it has grown far. */
void log_checkpoint_bound(struct event_store *store);
