#include "write_model/desk_watch.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

void desk_watch_init(struct desk_watch *watch)
{
    *watch = (struct desk_watch){
        .trouble.breaker = {.backoff = {.first_ms = 1, .longest_ms = 1}, .failures_most = 1},
        .seconds = metric_series(METRIC_COMMAND_SECONDS, ""),
        .batches = metric_series(METRIC_DESK_BATCH, ""),
        .head = metric_series(METRIC_LOG_HEAD, ""),
        .clock = {.steps_metric = metric_series(METRIC_CLOCK_STEPS, ""),
                  .behind_metric = metric_series(METRIC_CLOCK_BEHIND, "")},
    };
}

/* ---- trouble ---- */

void desk_watch_not_stored(struct desk_watch *watch, const struct error *error)
{
    int64_t now_ms = clock_monotonic_ms();
    if (breaker_failed(&watch->trouble.breaker, error->code, now_ms))
        log_error("commands are not stored: %s", error->text);
    watch->trouble.count++;
    atomic_store(&watch->trouble.last_ms, now_ms);
    atomic_store(&watch->trouble.err, (int)error->code);
}

void desk_watch_stored(struct desk_watch *watch)
{
    if (!breaker_worked(&watch->trouble.breaker, clock_monotonic_ms()))
        return;
    log_info("commands are stored again after %lld failed transactions",
             (long long)watch->trouble.count);
    watch->trouble.count = 0;
    atomic_store(&watch->trouble.err, OK);
}

enum err desk_watch_trouble(const struct desk_watch *watch)
{
    int64_t age_ms = clock_monotonic_ms() - atomic_load(&watch->trouble.last_ms);
    return age_ms < DESK_WATCH_TROUBLE_MS ? (enum err)atomic_load(&watch->trouble.err) : OK;
}

/* ---- the clock ---- */

static void look_for_step(struct desk_watch *watch)
{
    int64_t offset_us = clock_now_us() - clock_monotonic_us();
    int64_t step_us = offset_us - watch->clock.offset_us;
    if (watch->clock.known && llabs(step_us) > DESK_WATCH_CLOCK_US) {
        log_warning("the wall clock was set %s by %lld s; events are recorded with the new time%s",
                    step_us > 0 ? "forward" : "back", (long long)(llabs(step_us) / 1000000),
                    step_us > 0 ? "" : " once it has passed that of the newest event");
        metric_add(watch->clock.steps_metric, 1);
    }
    watch->clock.known = true;
    watch->clock.offset_us = offset_us;
}

static void look_for_lag(struct desk_watch *watch)
{
    int64_t behind_us = desk_watch_clock_behind_us(watch);
    char time[CLOCK_TEXT_BYTES];
    metric_set(watch->clock.behind_metric, behind_us / 1000000);
    if (behind_us > 0 && !watch->clock.behind) {
        clock_format(atomic_load(&watch->clock.log_time_us), time);
        log_warning(
            "the wall clock is %lld s behind the newest event (%s); new events are recorded "
            "with that time until the clock has passed it: check the clock",
            (long long)(behind_us / 1000000), time);
    }
    if (behind_us == 0 && watch->clock.behind)
        log_info("the wall clock is no longer behind the newest event");
    watch->clock.behind = behind_us > 0;
}

void desk_watch_clock(struct desk_watch *watch, int64_t log_time_us)
{
    atomic_store(&watch->clock.log_time_us, log_time_us);
    look_for_step(watch);
    look_for_lag(watch);
}

int64_t desk_watch_clock_behind_us(const struct desk_watch *watch)
{
    int64_t behind_us = atomic_load(&watch->clock.log_time_us) - clock_now_us();
    return behind_us > DESK_WATCH_CLOCK_US ? behind_us : 0;
}

/* ---- metrics ---- */

/* "account.open", or "append" for external events. */
static void find_series(const struct command_request *request, struct metric_series **decided,
                        struct metric_series **refused)
{
    AUTO(text) struct text label = {0};
    if (request->aggregate)
        text_printf(&label, "%s.%s", request->aggregate->category, request->kind->name);
    else
        text_add(&label, "append");
    *decided = metric_series(METRIC_COMMANDS, label.at);
    *refused = metric_series(METRIC_COMMANDS_REFUSED, label.at);
}

/* Beyond DESK_WATCH_KINDS the last entry is replaced each time. */
static size_t kind_index(struct desk_watch *watch, const struct command_request *request)
{
    size_t i = 0;
    while (i < watch->kind_count && watch->kinds[i].kind != request->kind)
        i++;
    if (i < watch->kind_count)
        return i;
    if (i == DESK_WATCH_KINDS)
        i--;
    else
        watch->kind_count++;
    watch->kinds[i].kind = request->kind;
    find_series(request, &watch->kinds[i].decided, &watch->kinds[i].refused);
    return i;
}

void desk_watch_answered(struct desk_watch *watch, const struct command_request *request,
                         const struct command_answer *answer, int64_t now_us)
{
    size_t i = kind_index(watch, request);
    metric_add(watch->kinds[i].decided, 1);
    if (answer->err == ERR_REFUSED)
        metric_add(watch->kinds[i].refused, 1);
    metric_observe_us(watch->seconds, now_us - request->arrived_us);
}
