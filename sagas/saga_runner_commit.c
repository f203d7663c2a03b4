/* Transactions of the store. What a transaction has to send is written as sent in it, and handed to
 * the dispatcher only once it is committed. What found no room there waits in the outbox, and all
 * that comes after it too, until a later transaction marks it as sent. */
#include "base/clock.h"
#include "base/log.h"
#include "base/program.h"
#include "sagas/saga_runner_private.h"

void saga_runner_at(const struct saga_runner *runner, enum saga_point point)
{
    if (runner->options.at)
        runner->options.at(runner->options.context, point);
}

static enum err find_first_timer(struct saga_runner *runner, struct error *error)
{
    int64_t saga, due_us;
    enum err err = saga_store_next_timer(runner->store, &saga, &due_us, error);
    if (!err)
        runner->first_timer_us = saga ? due_us : FIRST_TIMER_NONE;
    return err;
}

/* Never silent: whoever reads the log sees it too. */
static void tell_stuck(int64_t before, int64_t now)
{
    if (now > before)
        log_error("%lld sagas are stuck; `%s sagas list stuck` names them", (long long)now,
                  program_name());
}

static void publish(struct saga_runner *runner)
{
    tell_stuck(runner->status.counts[SAGA_STUCK], saga_store_count(runner->store, SAGA_STUCK));
    metric_set(runner->wal_bytes, saga_store_wal_bytes(runner->store));
    pthread_mutex_lock(&runner->mutex);
    runner->status.position = saga_store_checkpoint(runner->store)->position;
    runner->status.catching_up = !runner->turns.decides;
    for (enum saga_phase phase = 0; phase < SAGA_PHASES; phase++) {
        runner->status.counts[phase] = saga_store_count(runner->store, phase);
        metric_set(runner->phases[phase], runner->status.counts[phase]);
    }
    pthread_mutex_unlock(&runner->mutex);
}

static void hand(void *context, const struct outbox_row *row)
{
    struct saga_runner *runner = context;
    saga_outgoing_add(&runner->outgoing, row);
}

void saga_runner_rollback(struct saga_runner *runner)
{
    saga_outgoing_begin(&runner->outgoing, 0);
    saga_store_rollback(runner->store);
}

enum err saga_runner_begin(struct saga_runner *runner, struct error *error)
{
    bool goes = runner->turns.decides && !runner->more_to_hand;
    saga_outgoing_begin(&runner->outgoing, goes ? dispatcher_room(runner->dispatcher) : 0);
    enum err err = saga_store_begin(runner->store, error);
    if (err)
        return err;
    runner->turns.now_us = clock_now_us();
    err = saga_runner_follow_clock(runner, error);
    if (err)
        saga_runner_rollback(runner);
    return err;
}

/* Of what waits, `room` may go, and `marked` has been marked. */
static enum err hand_to_dispatcher(struct saga_runner *runner, int64_t room, int64_t marked,
                                   struct error *error)
{
    struct saga_outgoing *outgoing = &runner->outgoing;
    enum err err = OK;
    if (marked > 0) {
        outgoing->room = (size_t)marked;
        err = saga_store_outbox(runner->store, runner->handed, marked, hand, runner, error);
    }
    if (outgoing->last)
        runner->handed = outgoing->last;
    dispatcher_send(runner->dispatcher, &outgoing->items);
    if (!err)
        runner->more_to_hand = room > 0 ? marked == room : runner->more_to_hand || outgoing->waits;
    return err;
}

enum err saga_runner_commit(struct saga_runner *runner, const struct checkpoint *checkpoint,
                            struct error *error)
{
    bool goes = runner->turns.decides && runner->more_to_hand;
    int64_t room = goes ? (int64_t)dispatcher_room(runner->dispatcher) : 0, marked = 0;
    enum err err = OK;
    if (room > 0)
        err = saga_store_mark_sent(runner->store, runner->handed, room, runner->turns.now_us,
                                   &marked, error);
    if (!err)
        err = saga_store_commit(runner->store, checkpoint, error);
    if (err) {
        saga_runner_rollback(runner);
        return err;
    }
    runner->clock_offset_us = runner->next_clock_offset_us;
    saga_runner_at(runner, SAGA_POINT_COMMITTED);
    publish(runner);
    err = hand_to_dispatcher(runner, room, marked, error);
    return err ? err : find_first_timer(runner, error);
}

enum err saga_runner_transact(struct saga_runner *runner, saga_work_fn *work, struct error *error)
{
    enum err err = saga_runner_begin(runner, error);
    if (err)
        return err;
    err = work(runner, error);
    if (!err)
        return saga_runner_commit(runner, NULL, error);
    saga_runner_rollback(runner);
    return err;
}

static enum err no_work(struct saga_runner *runner, struct error *error)
{
    (void)runner, (void)error;
    return OK;
}

enum err saga_runner_hand_on(struct saga_runner *runner, struct error *error)
{
    bool can =
        runner->turns.decides && runner->more_to_hand && dispatcher_room(runner->dispatcher) > 0;
    return can ? saga_runner_transact(runner, no_work, error) : OK;
}
