/* The stored cursor of the events relay: DATA/relay.db, which nobody else writes. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "schema/checkpoint.h"

struct relay_cursor;

/* Takes the file's lock and opens it; makes it if it is not there. ERR_LOCKED names the holder. */
MUST_CHECK enum err relay_cursor_open(const char *data_directory, struct relay_cursor **ret_cursor,
                                      struct error *error);
void relay_cursor_close(struct relay_cursor *cursor);
AUTO_CLOSE(relay_cursor, struct relay_cursor, relay_cursor_close)

/* A checkpoint with log_id "" if none was ever saved. */
MUST_CHECK enum err relay_cursor_read(struct relay_cursor *cursor, struct checkpoint *ret,
                                      struct error *error);

/* Not synced at once: after a power cut an older one may be found, never a newer one. */
MUST_CHECK enum err relay_cursor_save(struct relay_cursor *cursor,
                                      const struct checkpoint *checkpoint, struct error *error);
