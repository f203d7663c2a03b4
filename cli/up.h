/* The parts of `annal up`, which subcommand_up.c puts together:
 *
 *   child.c        a process: started, watched, restarted with back-off, stopped
 *   up_metrics.c   the health and the metrics of all of them on one address
 *
 * A child prints `ready ROLE WHERE` on its standard output once it does its work, and before it ends with
 * an error `failed ROLE SLUG TEXT` (cli/annal.c).
 */
#pragma once

#include "base/backoff.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#include <sys/types.h>

/* ---- child.c ---- */

/* How many child_wait can watch. */
#define CHILD_WAIT_MOST 64

struct child {
    char *name;                /* for messages and the ready line */
    char *role, *argument;     /* the subcommand and its argument, or NULL */
    bool vital;                /* if it cannot be restarted, `annal up` ends */
    const struct child *after; /* the child that must be ready first, or NULL */
    pid_t pid;                 /* 0: not running */
    int output;                /* the read end of its standard output; -1: none */
    struct text line;          /* the unfinished line of its output */
    char *where;               /* of the first `ready` line; NULL until then */
    struct error error; /* of the last `failed` line; code OK: none since the last ready line */
    bool ready;         /* since its last start */
    struct backoff backoff;
    int64_t started_ms, start_at_ms;
    int failed_starts;        /* since it was last ready */
    int64_t failing_since_ms; /* the end of the first of them */
};

void child_init(struct child *child, const char *name, const char *role, const char *argument);
void child_finish(struct child *child);

/* Starts it if it is due, passes its output on, notices its end. */
void child_tend(struct child *child);

/* True if a new start is useless: the command line is wrong; the process ended with an error that
 * needs a person after it had been ready; or its starts have failed for a while, with such an error
 * or, if it was never ready, with any. `error` is the reason. */
bool child_is_hopeless(const struct child *child);

/* Waits until one of them writes or ends, a stop is requested, SIGHUP arrives, or `ms` have
 * passed. */
void child_wait(struct child *children, size_t count, int64_t ms);

/* SIGHUP. */
void child_hang_up(const struct child *child);
/* SIGTERM. */
void child_stop(struct child *child);

/* Waits at most `ms` for its end, then sends SIGKILL. */
void child_join(struct child *child, int64_t ms);

/* ---- up_metrics.c: --metrics-listen
 *
 * /metrics merges the expositions that the roles serve on their control sockets
 * (operations/metrics_merge.h); /readyz is ready if every role is.
 */

struct up_metrics;

/* `roles`: the names of the control sockets, borrowed, closed by NULL. Opens nothing (*ret_metrics is
 * NULL) if `listen` is empty. */
MUST_CHECK enum err up_metrics_open(const char *listen, const char *data_directory,
                                    const char *const *roles, struct up_metrics **ret_metrics,
                                    struct error *error);
void up_metrics_close(struct up_metrics *metrics);
AUTO_CLOSE(up_metrics, struct up_metrics, up_metrics_close)

/* "127.0.0.1:9100" */
const char *up_metrics_address(const struct up_metrics *metrics);
