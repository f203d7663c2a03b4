/* Damages the file of a SQLite log, like an edit or a faulty disk. No other process may have it open.
 */
#pragma once

#include <stdint.h>

struct db;

/* Another connection to the file of the log, like the sqlite3 shell's. The caller closes it. */
struct db *log_edit_open(const char *data_directory);

/* Replaces the data of the event at `position` by other data of the same length; keeps its hash. */
void log_edit_event(const char *data_directory, int64_t position);

/* Overwrites the first page of a table or index with garbage. The log must be closed. */
void log_edit_destroy_page(const char *data_directory, const char *table_or_index);
