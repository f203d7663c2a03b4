/* What is remembered of a saga that has ended. Its row stays for ever: an event that comes late, a
 * answer after the time-out, finds all that is known (docs/decisions/0014). Its history, which is
 * for people and most of its bytes, goes once the saga has ended and heard of nothing for so long.
 */
#include "base/clock.h"
#include "sagas/saga_runner_private.h"

#define FORGET_MOST     64 /* in a transaction */
#define FORGET_PAUSE_MS 60000

static enum err forget(struct saga_runner *runner, struct error *error)
{
    int64_t before_us = runner->turns.now_us - runner->options.keep_ended_us, next_us;
    enum err err = saga_store_forget(runner->store, before_us, FORGET_MOST, &next_us, error);
    if (!err && next_us >= before_us)
        runner->forget_at_ms = clock_monotonic_ms() + FORGET_PAUSE_MS;
    return err;
}

enum err saga_runner_forget(struct saga_runner *runner, struct error *error)
{
    bool is_time = runner->options.keep_ended_us > 0 && runner->turns.decides &&
                   clock_monotonic_ms() >= runner->forget_at_ms;
    return is_time ? saga_runner_transact(runner, forget, error) : OK;
}
