#include "sagas/saga_runner.h"

#include "base/clock.h"
#include "base/wake.h"
#include "bus/subscription.h"
#include "event_store/event_store.h"
#include "sagas/operator_action.h"
#include "sagas/saga_events.h"
#include "sagas/saga_runner_private.h"
#include "sagas/saga_start.h"
#include "sagas/saga_table.h"

#include <errno.h>
#include <unistd.h>

#define SUBSCRIPTION_NAME "sagas"
#define DECISIONS_MOST    256 /* sagas that decide in a transaction */
#define ASK_LONGEST_MS    5000

static void at_sending(void *context)
{
    saga_runner_at(context, SAGA_POINT_SENDING);
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
    return saga_runner_begin(context, error);
}

static enum err on_apply(void *context, const struct event *event, struct error *error)
{
    struct saga_runner *runner = context;
    saga_runner_at(runner, SAGA_POINT_RECEIVED);
    return saga_events_apply(&runner->turns, runner->options.settings, event, error);
}

static enum err on_commit(void *context, const struct checkpoint *checkpoint, struct error *error)
{
    return saga_runner_commit(context, checkpoint, error);
}

static void on_rollback(void *context)
{
    saga_runner_rollback(context);
}

static enum err on_other_log(void *context, struct error *error)
{
    const struct saga_runner *runner = context;
    AUTO(text) struct text place = {0};
    event_store_describe(runner->options.log_url, &place);
    return error_set(error, ERR_OTHER_LOG,
                     "the sagas in %s/" SAGA_STORE_FILE " are of another log than %s: put the one "
                     "back that belongs to the other",
                     runner->options.data_directory, place.at);
}

/* ---- between transactions ---- */

static enum err decide_due(struct saga_runner *runner, struct error *error)
{
    enum err err = OK;
    for (int i = 0; !err && i < DECISIONS_MOST; i++) {
        AUTO(saga_row) struct saga_row row = {0};
        int64_t number;
        bool found = false;
        err = saga_store_due(runner->store, &number, error);
        runner->all_decided = !err && !number;
        if (err || !number)
            return err;
        err = saga_store_read(runner->store, number, &row, &found, error);
        if (!err && found)
            err = saga_turn_decide(&runner->turns, &row, error);
    }
    return err;
}

/* Once it knows what has happened while it was away. */
static enum err decide_put_off(struct saga_runner *runner, struct error *error)
{
    if (saga_store_checkpoint(runner->store)->position < runner->catch_up_to)
        return OK;
    runner->turns.decides = true;
    return runner->all_decided ? OK : saga_runner_transact(runner, decide_due, error);
}

static void carry_out_action(struct saga_runner *runner)
{
    pthread_mutex_lock(&runner->mutex);
    bool asked = runner->ask == ASK_ASKED;
    if (asked)
        runner->ask = ASK_TAKEN;
    pthread_mutex_unlock(&runner->mutex);
    if (!asked)
        return;
    /* What was asked stays as it is, and there, until it is answered. */
    struct error error = {0};
    enum err err = saga_runner_begin(runner, &error);
    if (!err) {
        err = operator_action_apply(&runner->turns, runner->action, runner->ask_saga,
                                    runner->ask_id, runner->ask_reason, &error);
        if (err)
            saga_runner_rollback(runner);
        else
            err = saga_runner_commit(runner, NULL, &error);
    }
    pthread_mutex_lock(&runner->mutex);
    runner->ask = ASK_ANSWERED;
    runner->ask_err = err;
    runner->ask_error = error;
    pthread_cond_broadcast(&runner->answered);
    pthread_mutex_unlock(&runner->mutex);
}

static enum err on_between(void *context, struct error *error)
{
    struct saga_runner *runner = context;
    enum err err = saga_store_check_path(runner->store, error);
    if (!err)
        err = decide_put_off(runner, error);
    if (!err)
        err = saga_runner_take_answers(runner, error);
    if (!err)
        err = saga_runner_tend_timers(runner, error);
    if (!err)
        err = saga_runner_forget(runner, error);
    carry_out_action(runner);
    return err ? err : saga_runner_hand_on(runner, error);
}

/* ---- what other threads ask ---- */

static struct timespec deadline_in_ms(int64_t ms)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += ms / 1000;
    return deadline;
}

/* Waits, under the mutex, until the action is done, or takes it back. */
static enum err await_action(struct saga_runner *runner, struct error *error)
{
    struct timespec deadline = deadline_in_ms(ASK_LONGEST_MS);
    while (runner->ask == ASK_ASKED &&
           pthread_cond_timedwait(&runner->answered, &runner->mutex, &deadline) == 0) {
    }
    bool taken_back = runner->ask == ASK_ASKED;
    while (runner->ask == ASK_TAKEN)
        pthread_cond_wait(&runner->answered, &runner->mutex);
    runner->ask = ASK_NONE;
    if (taken_back)
        return error_set(error, ERR_BUSY, "the runner is busy, nothing was done; ask again");
    return runner->ask_err ? error_set(error, runner->ask_err, "%s", runner->ask_error.text) : OK;
}

enum err saga_runner_ask(struct saga_runner *runner, enum operator_action action, const char *saga,
                         const char *id, const char *reason, struct error *error)
{
    enum err err = error_set(error, ERR_BUSY, "the runner is asked already; ask again");
    pthread_mutex_lock(&runner->mutex);
    if (runner->ask == ASK_NONE) {
        runner->action = action;
        runner->ask_saga = saga;
        runner->ask_id = id;
        runner->ask_reason = reason;
        runner->ask = ASK_ASKED;
        wake_signal(runner->wake_fd);
        err = await_action(runner, error);
    }
    pthread_mutex_unlock(&runner->mutex);
    return err;
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
    pthread_condattr_t attributes;
    runner->options = *options;
    runner->turns.kinds = options->kinds;
    runner->turns.upcasters = options->upcasters;
    runner->turns.outgoing = &runner->outgoing;
    runner->more_to_hand = true;
    runner->first_timer_us = FIRST_TIMER_NONE;
    runner->clock_offset_us = saga_runner_clock_offset_us();
    for (enum saga_phase phase = 0; phase < SAGA_PHASES; phase++)
        runner->phases[phase] = metric_series(METRIC_SAGAS, saga_phase_name(phase));
    runner->wal_bytes = metric_series(METRIC_SAGAS_WAL_BYTES, "");
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    REQUIRE(pthread_mutex_init(&runner->mutex, NULL) == 0 &&
            pthread_cond_init(&runner->answered, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
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
    if (!err)
        err = saga_table_check(runner->turns.kinds, error);
    if (!err)
        err = saga_store_open(options->data_directory, "annal saga", &runner->store, error);
    if (!err)
        err = saga_start(options, runner->store, &runner->catch_up_to, error);
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
    saga_runner_drop_answers(runner);
    saga_outgoing_begin(&runner->outgoing, 0);
    saga_store_close(runner->store);
    if (runner->wake_fd >= 0)
        close(runner->wake_fd);
    pthread_cond_destroy(&runner->answered);
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
