/* Damages the file of a SQLite log as a person or a disk would. No other process may have it open.
 */
#pragma once

#include <stdint.h>

struct db;

/* A connection to the file beside the log's, as the sqlite3 shell has one. The caller closes it. */
struct db *log_edit_open(const char *data_directory);

/* Gives the event at `position` other data, of the same length; its hash stays as it was. */
void log_edit_event(const char *data_directory, int64_t position);

/* Overwrites the first page of a table or index with garbage. The log must be closed. */
void log_edit_destroy_page(const char *data_directory, const char *table_or_index);
