#include "write_model/desk_clock.h"

#include "base/clock.h"
#include "base/log.h"
#include "telemetry/metrics.h"

#include <stdlib.h>

static void look_for_step(struct desk_clock *clock)
{
    int64_t offset_us = clock_now_us() - clock_monotonic_us();
    int64_t step_us = offset_us - clock->offset_us;
    if (clock->known && llabs(step_us) > DESK_CLOCK_BOUND_US) {
        log_warning("the wall clock was set %s by %lld s; events are recorded with the new time%s",
                    step_us > 0 ? "forward" : "back", (long long)(llabs(step_us) / 1000000),
                    step_us > 0 ? "" : " once it has passed that of the newest event");
        metric_add(clock->steps_metric, 1);
    }
    clock->known = true;
    clock->offset_us = offset_us;
}

static void look_for_lag(struct desk_clock *clock)
{
    int64_t behind_us = desk_clock_behind_us(clock);
    char time[CLOCK_TEXT_BYTES];
    metric_set(clock->behind_metric, behind_us / 1000000);
    if (behind_us > 0 && !clock->behind) {
        clock_format(atomic_load(&clock->log_time_us), time);
        log_warning(
            "the wall clock is %lld s behind the newest event (%s); new events are recorded "
            "with that time until the clock has passed it: check the clock",
            (long long)(behind_us / 1000000), time);
    }
    if (behind_us == 0 && clock->behind)
        log_info("the wall clock is not behind the newest event any more");
    clock->behind = behind_us > 0;
}

void desk_clock_look(struct desk_clock *clock, int64_t log_time_us)
{
    atomic_store(&clock->log_time_us, log_time_us);
    if (!clock->known) {
        clock->steps_metric = metric_series(METRIC_CLOCK_STEPS, "");
        clock->behind_metric = metric_series(METRIC_CLOCK_BEHIND, "");
    }
    look_for_step(clock);
    look_for_lag(clock);
}

int64_t desk_clock_behind_us(const struct desk_clock *clock)
{
    int64_t behind_us = atomic_load(&clock->log_time_us) - clock_now_us();
    return behind_us > DESK_CLOCK_BOUND_US ? behind_us : 0;
}
