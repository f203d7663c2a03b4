/* Timers are rows with the time they are due; only the first is looked at. */
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
    enum err err = saga_store_remove_timer(runner->store, saga, error);
    if (!err)
        err = saga_store_read(runner->store, saga, &row, &found, error);
    text_printf(&what, "the time for %s is over", row.step);
    return err || !found ? err : saga_turn_take(&runner->turns, &row, &input, what.at, error);
}

static enum err fire_due(struct saga_runner *runner, struct error *error)
{
    enum err err = OK;
    for (int i = 0; !err && i < TIMERS_MOST; i++) {
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

static enum err shift_timers(struct saga_runner *runner, struct error *error)
{
    return saga_store_shift_timers(runner->store,
                                   saga_runner_clock_offset_us() - runner->clock_offset_us, error);
}

/* A timer is so long after it was set, whatever becomes of the clock. */
static enum err follow_clock(struct saga_runner *runner, struct error *error)
{
    int64_t offset_us = saga_runner_clock_offset_us(),
            step_us = offset_us - runner->clock_offset_us;
    if (step_us < CLOCK_STEP_US && step_us > -CLOCK_STEP_US)
        return OK;
    log_warning("the clock was set %s by %lld s; the timers go with it",
                step_us > 0 ? "forward" : "back", (long long)(llabs(step_us) / 1000000));
    enum err err = saga_runner_transact(runner, shift_timers, error);
    if (!err)
        runner->clock_offset_us = offset_us;
    return err;
}

enum err saga_runner_tend_timers(struct saga_runner *runner, struct error *error)
{
    enum err err = follow_clock(runner, error);
    if (err || !runner->turns.plans || runner->first_timer_us > clock_now_us())
        return err;
    return saga_runner_transact(runner, fire_due, error);
}
