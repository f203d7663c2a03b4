/* Timers are rows with the time they are due; only the first is looked at. A timer is so long after
 * it was set, whatever becomes of the clock: every transaction sees first whether that was set, and
 * moves the timers before it sets any. */
#include "base/clock.h"
#include "base/log.h"
#include "sagas/saga_runner_private.h"

#define TIMERS_MOST   256     /* in a transaction */
#define CLOCK_STEP_US 1000000 /* a clock runs a little fast or slow; more is a step */

static enum err fire(struct saga_runner *runner, int64_t saga, struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    const struct saga_input input = {.kind = SAGA_TIMEOUT};
    AUTO(text) struct text what = {0};
    bool found = false;
    enum err err = saga_store_read(runner->store, saga, &row, &found, error);
    if (err || !found)
        return err;
    saga_runner_at(runner, SAGA_POINT_FIRING);
    text_printf(&what, "the time for %s is over", row.step);
    return saga_turn_take(&runner->turns, &row, &input, what.at, error);
}

static enum err fire_due(struct saga_runner *runner, struct error *error)
{
    enum err err = OK;
    for (int i = 0; !err && runner->turns.decides && i < TIMERS_MOST; i++) {
        int64_t saga, due_us;
        err = saga_store_next_timer(runner->store, &saga, &due_us, error);
        if (err || !saga || due_us > runner->turns.now_us)
            return err;
        err = fire(runner, saga, error);
    }
    return err;
}

int64_t saga_runner_clock_offset_us(void)
{
    return clock_now_us() - clock_monotonic_us();
}

/* By how much the clock was set since the last transaction; 0: it was not. */
static int64_t clock_step_us(const struct saga_runner *runner, int64_t now_us)
{
    int64_t step_us = now_us - clock_monotonic_us() - runner->clock_offset_us;
    return step_us < CLOCK_STEP_US && step_us > -CLOCK_STEP_US ? 0 : step_us;
}

enum err saga_runner_follow_clock(struct saga_runner *runner, struct error *error)
{
    int64_t step_us = clock_step_us(runner, runner->turns.now_us);
    runner->next_clock_offset_us = runner->clock_offset_us + step_us;
    if (step_us == 0)
        return OK;
    log_warning("the clock was set %s by %lld s; the timers go with it",
                step_us > 0 ? "forward" : "back", (long long)(llabs(step_us) / 1000000));
    return saga_store_shift_timers(runner->store, step_us, error);
}

enum err saga_runner_tend_timers(struct saga_runner *runner, struct error *error)
{
    int64_t now_us = clock_now_us();
    bool is_due = runner->turns.decides && runner->first_timer_us <= now_us;
    return is_due || clock_step_us(runner, now_us) ? saga_runner_transact(runner, fire_due, error)
                                                   : OK;
}
