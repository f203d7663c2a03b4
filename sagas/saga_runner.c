#include "sagas/saga_runner.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/program.h"
#include "base/wake.h"
#include "bus/subscription.h"
#include "event_store/event_store.h"
#include "sagas/outbox.h"
#include "sagas/saga_events.h"
#include "sagas/saga_runner_private.h"
#include "sagas/saga_table.h"

#include <unistd.h>

#define SUBSCRIPTION_NAME "sagas"
#define ASK_MS            5000 /* until the runner must have started an operator action */

/* ---- transactions ---- */

void saga_runner_at(const struct saga_runner *runner, enum saga_point point)
{
    if (runner->options.at)
        runner->options.at(runner->options.context, point);
}

/* After an error a timer may be due: the next transaction looks again. */
static enum err find_first_timer(struct saga_runner *runner, struct error *error)
{
    int64_t saga, due_us = 0;
    enum err err = saga_store_next_timer(runner->store, &saga, &due_us, error);
    runner->first_timer_us = err || saga ? due_us : FIRST_TIMER_NONE;
    return err;
}

static void report_stuck(int64_t before, int64_t now)
{
    if (now > before)
        log_error("%lld saga%s stuck; `%s sagas list stuck` lists them", (long long)now,
                  now == 1 ? " is" : "s are", program_name());
}

static void publish(struct saga_runner *runner)
{
    report_stuck(runner->status.counts[SAGA_STUCK], saga_store_count(runner->store, SAGA_STUCK));
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

static enum err begin(struct saga_runner *runner, struct error *error)
{
    enum err err = saga_store_begin(runner->store, error);
    if (err)
        return err;
    runner->turns.now_us = clock_now_us();
    err = saga_runner_work_follow_clock(runner, error);
    if (err)
        saga_store_rollback(runner->store);
    return err;
}

/* Messages leave only once they are committed. What fails here does not undo the transaction: it is
 * no result of its work, and saga_runner_work() returns it. */
static void follow_commit(struct saga_runner *runner)
{
    struct error error = {0};
    enum err err = outbox_send(saga_store_outbox(runner->store), &error);
    if (!err)
        err = find_first_timer(runner, &error);
    else
        runner->first_timer_us = 0;
    if (err)
        runner->after_commit = error;
}

/* An error means that nothing was committed. `checkpoint` may be NULL. */
static enum err commit(struct saga_runner *runner, const struct checkpoint *checkpoint,
                       struct error *error)
{
    enum err err = outbox_mark(saga_store_outbox(runner->store), runner->turns.now_us, error);
    if (err)
        saga_store_rollback(runner->store);
    else
        err = saga_store_commit(runner->store, checkpoint, error);
    if (err)
        return err;
    runner->clock_offset_us = runner->next_clock_offset_us;
    saga_runner_at(runner, SAGA_POINT_COMMITTED);
    publish(runner);
    follow_commit(runner);
    return OK;
}

enum err saga_runner_transact(struct saga_runner *runner, saga_work_fn *work, struct error *error)
{
    enum err err = begin(runner, error);
    if (err)
        return err;
    if (work)
        err = work(runner, error);
    if (!err)
        return commit(runner, NULL, error);
    saga_store_rollback(runner->store);
    return err;
}

/* ---- what the subscription calls ---- */

static enum err give_checkpoint(void *context, struct checkpoint *ret, struct error *error)
{
    const struct saga_runner *runner = context;
    (void)error;
    *ret = *saga_store_checkpoint(runner->store);
    return OK;
}

static enum err on_begin(void *context, struct error *error)
{
    return begin(context, error);
}

static enum err on_apply(void *context, const struct event *event, struct error *error)
{
    struct saga_runner *runner = context;
    saga_runner_at(runner, SAGA_POINT_RECEIVED);
    return saga_events_apply(&runner->turns, runner->options.settings, event, error);
}

static enum err on_commit(void *context, const struct checkpoint *checkpoint, struct error *error)
{
    return commit(context, checkpoint, error);
}

static void on_rollback(void *context)
{
    saga_store_rollback(((struct saga_runner *)context)->store);
}

static enum err on_other_log(void *context, struct error *error)
{
    const struct saga_runner *runner = context;
    AUTO(text) struct text place = {0};
    event_store_describe(runner->options.log_url, &place);
    return error_set(error, ERR_OTHER_LOG,
                     "the sagas in %s/" SAGA_STORE_FILE " follow another log than %s: restore the "
                     "one that belongs to the other",
                     runner->options.data_directory, place.at);
}

static enum err on_between(void *context, struct error *error)
{
    return saga_runner_work(context, error);
}

/* ---- other threads ---- */

enum err saga_runner_ask(struct saga_runner *runner, const struct operator_request *request,
                         struct error *error)
{
    return mailbox_ask(&runner->mailbox, request, error);
}

void saga_runner_status(struct saga_runner *runner, struct saga_runner_status *ret_status)
{
    pthread_mutex_lock(&runner->mutex);
    *ret_status = runner->status;
    pthread_mutex_unlock(&runner->mutex);
    dispatcher_reach(runner->dispatcher, &ret_status->reaches_endpoint,
                     &ret_status->reaches_control);
}

/* ---- opening ---- */

static void init(struct saga_runner *runner, const struct saga_runner_options *options)
{
    runner->options = *options;
    runner->turns.kinds = options->kinds;
    runner->turns.upcasters = options->upcasters;
    runner->first_timer_us = FIRST_TIMER_NONE;
    runner->clock_offset_us = saga_runner_work_clock_offset_us();
    for (enum saga_phase phase = 0; phase < SAGA_PHASES; phase++)
        runner->phases[phase] = metric_series(METRIC_SAGAS, saga_phase_name(phase));
    runner->wal_bytes = metric_series(METRIC_SAGAS_WAL_BYTES, "");
    REQUIRE(pthread_mutex_init(&runner->mutex, NULL) == 0);
}

static void at_sending(void *context)
{
    saga_runner_at(context, SAGA_POINT_SENDING);
}

static enum err start_dispatcher(struct saga_runner *runner, struct error *error)
{
    return dispatcher_start(
        &(struct dispatcher_options){.base_url = runner->options.commands_url,
                                     .data_directory = runner->options.data_directory,
                                     .in_flight = runner->options.in_flight,
                                     .key_lifetime_us = runner->options.key_lifetime_us,
                                     .wake_fd = runner->wake_fd,
                                     .before_send = at_sending,
                                     .context = runner},
        &runner->dispatcher, error);
}

enum err saga_runner_open(const struct saga_runner_options *options,
                          struct saga_runner **ret_runner, struct error *error)
{
    AUTO(saga_runner) struct saga_runner *runner = calloc(1, sizeof *runner);
    REQUIRE(runner);
    runner->wake_fd = -1;
    init(runner, options);
    enum err err = wake_open(&runner->wake_fd, error);
    mailbox_init(&runner->mailbox,
                 &(struct mailbox_options){.request_bytes = sizeof(struct operator_request),
                                           .wait_ms = ASK_MS,
                                           .wake_fd = runner->wake_fd});
    if (!err)
        err = saga_table_check(runner->turns.kinds, error);
    if (!err)
        err = saga_store_open(options->data_directory, "annal saga", &runner->store, error);
    if (!err)
        err = saga_runner_start(runner, error);
    if (!err)
        err = start_dispatcher(runner, error);
    if (err)
        return err;
    runner->turns.store = runner->store;
    *ret_runner = runner;
    runner = NULL;
    return OK;
}

void saga_runner_close(struct saga_runner *runner)
{
    if (!runner)
        return;
    dispatcher_stop(runner->dispatcher);
    outbox_messages_finish(&runner->answered);
    saga_store_close(runner->store);
    if (runner->wake_fd >= 0)
        close(runner->wake_fd);
    mailbox_finish(&runner->mailbox);
    pthread_mutex_destroy(&runner->mutex);
    free(runner);
}

enum err saga_runner_run(struct saga_runner *runner, struct error *error)
{
    const struct subscriber subscriber = {
        .context = runner,
        .checkpoint = give_checkpoint,
        .begin = on_begin,
        .apply = on_apply,
        .commit = on_commit,
        .rollback = on_rollback,
        .other_log = on_other_log,
        .between = on_between,
    };
    const struct subscription_options options = {
        .name = SUBSCRIPTION_NAME,
        .log_url = runner->options.log_url,
        .url = runner->options.bus,
        .wake_fd = runner->wake_fd,
    };
    return subscription_run(&options, &subscriber, error);
}
