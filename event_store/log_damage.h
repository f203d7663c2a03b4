/* Damage to the log (ERR_CORRUPT), or a log whose file was removed or replaced (ERR_REPLACED), as any thread
 * of `annal commands` reports it. The desk then rejects every command, readiness fails and the process
 * ends: no event is appended to a damaged log, nor to a file that its path no longer names.
 *
 * Trouble that passes by itself (a full disk, a failed write) is the desk's own: desk_watch.h.
 *
 * All functions may be called from any thread.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

#include <pthread.h>
#include <stdatomic.h>

struct log_damage {
    atomic_bool found;
    pthread_mutex_t mutex;
    struct error error; /* the first one reported; under the mutex */
};

/* Nothing is reported yet. */
void log_damage_init(struct log_damage *damage);
void log_damage_finish(struct log_damage *damage);
AUTO_FINISH(log_damage, struct log_damage, log_damage_finish)

/* Logs the first report, with the thread `who` that found it, and keeps it. */
void log_damage_report(struct log_damage *damage, const char *who, const struct error *error);

/* OK, or the first report: ERR_CORRUPT or ERR_REPLACED. */
enum err log_damage_check(struct log_damage *damage, struct error *error);

/* What the code of a report means and what to do, as a prefix of its message. */
const char *log_damage_advice(enum err code);
