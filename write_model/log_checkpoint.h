/* Keeping the log's WAL from growing without end. */
#pragma once

#include "write_model/event_log.h"

/* Between transactions, after each COMMIT. SQLite checkpoints by itself every few thousand pages,
 * but it can start the WAL anew only at a moment when no reader uses it; with readers overlapping
 * all the time that moment never comes. If the WAL has grown far beyond, this waits for the readers
 * at hand (their transactions are short) and truncates it. */
void log_checkpoint_bound(struct event_log *log);
