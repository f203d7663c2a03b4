/* Readers of the log, which threads take for one read. Each has its own connection. As many as the
 * endpoint's threads need are opened at the start, so that a process that later runs out of descriptors
 * still has them; more are opened on demand. */
#pragma once

#include "event_store/event_store.h"

struct log_readers;

/* Opens `count` readers. The URL is borrowed. */
MUST_CHECK enum err log_readers_open(const char *log_url, size_t count,
                                     struct log_readers **ret_readers, struct error *error);
/* All readers must have been returned. */
void log_readers_close(struct log_readers *readers);
AUTO_CLOSE(log_readers, struct log_readers, log_readers_close)

MUST_CHECK enum err log_readers_take(struct log_readers *readers, struct event_store **ret_log,
                                     struct error *error);
/* OK if the log can be read now. */
MUST_CHECK enum err log_readers_check(struct log_readers *readers, struct error *error);
void log_readers_give_back(struct log_readers *readers, struct event_store *log);
