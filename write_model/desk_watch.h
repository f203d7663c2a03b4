/* What operators see of the desk: why write sets are not stored, the wall clock compared with the log's
 * time, and metrics. Belongs to the desk's thread, except where a function says otherwise.
 */
#pragma once

#include "base/breaker.h"
#include "telemetry/metrics.h"
#include "write_model/command_request.h"

#include <stdatomic.h>

#define DESK_WATCH_KINDS 64 /* of commands whose series are kept */

struct desk_watch {
    struct {
        _Atomic int err;         /* of the last write set; OK: it was stored */
        _Atomic int64_t last_ms; /* monotonic: when that was */
        int64_t count;           /* write sets not stored since the trouble began */
        struct breaker breaker;  /* decides what is logged; write sets are tried all the same */
    } trouble;
    struct {
        _Atomic int64_t log_time_us; /* of the newest event */
        int64_t offset_us;           /* of the wall clock to the monotonic clock, as last seen */
        bool known, behind;          /* the offset is set; "behind" was logged */
        struct metric_series *steps_metric, *behind_metric;
    } clock;
    struct {
        const struct command_kind *kind;
        struct metric_series *decided, *refused;
    } kinds[DESK_WATCH_KINDS];
    size_t kind_count;
    struct metric_series *seconds, *batches, *head;
};

void desk_watch_init(struct desk_watch *watch);

/* A write set was not stored. Logged when the trouble begins and when it changes. */
void desk_watch_not_stored(struct desk_watch *watch, const struct error *error);

/* A write set was stored. Logged if it ends a trouble. */
void desk_watch_stored(struct desk_watch *watch);

/* Why the last write set was not stored; OK if it was. A load balancer may send no more commands because
 * of it, so it becomes OK after DESK_WATCH_TROUBLE_MS without a write set. Any thread. */
#define DESK_WATCH_TROUBLE_MS 10000
enum err desk_watch_trouble(const struct desk_watch *watch);

/* Compares the wall clock with the log's newest event, after each batch and when the log is opened. Logs
 * a step of the clock, and once that the clock is behind the log; new events then get the newest event's
 * time. */
#define DESK_WATCH_CLOCK_US 60000000 /* smaller steps and delays are not reported */
void desk_watch_clock(struct desk_watch *watch, int64_t log_time_us);

/* How far the wall clock is behind the log now; 0 if by no more than DESK_WATCH_CLOCK_US. Any thread. */
int64_t desk_watch_clock_behind_us(const struct desk_watch *watch);

/* A command has been answered. */
void desk_watch_answered(struct desk_watch *watch, const struct command_request *request,
                         const struct command_answer *answer, int64_t now_us);
