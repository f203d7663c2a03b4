/* The log of the process: one line per message on standard error. Only the edges (roles, routes, relays,
 * workers) write to it, each failure once; library code returns errors instead.
 *
 *     2026-11-23T10:00:00.000000Z warning projector[accounts]: the broker is gone: …
 */
#pragma once

#include "base/error.h"

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
};

/* Once, before threads begin: the role's name, and the lowest level to write. */
void log_begin(const char *role, enum log_level from);

void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_debug(...)   log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...)   log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
