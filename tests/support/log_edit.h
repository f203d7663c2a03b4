/* Damages a log's file as a person or a disk would. The file must be in no other process's hands.
 */
#pragma once

#include <stdint.h>

/* Gives the event at `position` other data, of the same length; its hash stays as it was. */
void log_edit_event(const char *data_directory, int64_t position);

/* Overwrites the first page of a table or index with garbage. The log must be closed. */
void log_edit_destroy_page(const char *data_directory, const char *table_or_index);
