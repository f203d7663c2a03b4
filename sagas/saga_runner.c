#include "sagas/saga_runner.h"

#include "base/log.h"
#include "base/program.h"
#include "base/utf8.h"
#include "base/wake.h"
#include "bus/subscription.h"
#include "event_store/event_store.h"
#include "sagas/saga_events.h"
#include "sagas/saga_table.h"
#include "sagas/saga_work.h"

#include <unistd.h>

#define SUBSCRIPTION_NAME "sagas"

struct saga_runner {
    struct saga_runner_options options;
    int wake_fd;
    struct saga_session session;
    struct saga_work work;
};

/* ---- starting ---- */

static void copy_id(void *context, struct slice id, int64_t version)
{
    (void)version;
    utf8_copy(id, context, SAGA_ID_BYTES);
}

/* Sagas have run on this log, but not with this file. */
static enum err refuse_lost_store(struct event_store *log, struct error *error)
{
    char first[SAGA_ID_BYTES] = "";
    enum err err =
        event_store_streams_of(log, slice_of("saga"), slice_of(""), 1, copy_id, first, error);
    if (err || !first[0])
        return err;
    return error_set(
        error, ERR_CORRUPT,
        SAGA_STORE_FILE
        " is new, but sagas have run on this log (stream saga/%s): the file was lost. Restore it "
        "from a backup, or start with --from POSITION to continue after that position; with "
        "--from 0 every saga is rebuilt from the log",
        first);
}

/* Without a log `head` is 0: the store begins with the first event of the log. */
static enum err choose_beginning(const struct saga_runner_options *options, struct event_store *log,
                                 struct checkpoint head, struct checkpoint *ret,
                                 struct error *error)
{
    enum err err = options->from_given || !log ? OK : refuse_lost_store(log, error);
    *ret = head;
    if (err || options->from < 0)
        return err;
    if (options->from > head.position)
        return error_set(error, ERR_USAGE, "--from %lld: the log ends at position %lld",
                         (long long)options->from, (long long)head.position);
    ret->position = options->from;
    return log ? event_store_hash_at(log, options->from, ret->hash, error) : OK;
}

/* An existing store has its own position. */
static enum err set_beginning(const struct saga_runner_options *options, struct saga_store *store,
                              struct event_store *log, struct checkpoint head, struct error *error)
{
    struct checkpoint beginning;
    enum err err = OK;
    if (saga_store_is_new(store)) {
        err = choose_beginning(options, log, head, &beginning, error);
        return err ? err : saga_store_begin_at(store, &beginning, error);
    }
    if (options->from_given)
        log_warning("--from ignored: " SAGA_STORE_FILE " exists and continues after position %lld",
                    (long long)saga_store_checkpoint(store)->position);
    return OK;
}

static enum err check_version(void *context, const char *saga, int64_t version, int64_t count,
                              const char *first_id, const char *last_id, struct error *error)
{
    const struct saga_kind *const *kinds = context;
    const struct saga_kind *newest = saga_find(kinds, saga, 0);
    if (saga_find(kinds, saga, version))
        return OK;
    if (!newest)
        return error_set(error, ERR_DEFINITION,
                         "%lld sagas %s are running (%s … %s), which this program does not have: "
                         "run a program that has it until they have ended, or abandon them "
                         "(%s sagas abandon %s/ID WHY)",
                         (long long)count, saga, first_id, last_id, program_name(), saga);
    return error_set(error, ERR_DEFINITION,
                     "%lld sagas are running with version %lld of the steps of %s (%s … %s), and "
                     "this program has version %d: list both versions until they have ended, or "
                     "abandon them",
                     (long long)count, (long long)version, saga, first_id, last_id,
                     newest->version);
}

/* *ret_log stays NULL if the writer of the log has not started yet. A store that has followed a log does
 * not start without it: timers would expire before the events that end the waits are read. */
static enum err open_log(const char *log_url, const struct saga_store *store,
                         struct event_store **ret_log, struct checkpoint *ret_head,
                         struct error *error)
{
    const char *known = saga_store_checkpoint(store)->log_id;
    AUTO(text) struct text place = {0};
    event_store_describe(log_url, &place);
    enum err err = event_store_open(log_url, EVENT_STORE_READ, ret_log, error);
    if (err == ERR_NOT_FOUND && known[0])
        return error_set(error, ERR_IO,
                         "%s, the log %s, which the sagas in " SAGA_STORE_FILE
                         " follow, does not exist; restore it from a backup",
                         place.at, known);
    if (err == ERR_NOT_FOUND)
        return OK;
    if (!err && known[0] &&
        strcmp(known, event_store_log_id(*ret_log)) != 0) /* nothing may be sent to it */
        return error_set(error, ERR_OTHER_LOG,
                         "the sagas in " SAGA_STORE_FILE
                         " follow the log %s, and %s is the log %s: restore the one that "
                         "belongs to the other",
                         known, place.at, event_store_log_id(*ret_log));
    return err ? err : event_store_head(*ret_log, ret_head, NULL, error);
}

/* Sets where a new store begins in the log, and checks that this program has the steps of every running
 * saga of an old one. *ret_head: the end of the log. */
static enum err check_start(const struct saga_runner_options *options, struct saga_store *store,
                            int64_t *ret_head, struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    struct checkpoint head = {0};
    const void *kinds = options->kinds;
    enum err err = open_log(options->log_url, store, &log, &head, error);
    if (!err)
        err = set_beginning(options, store, log, head, error);
    if (!err)
        err = saga_store_each_version(store, check_version, (void *)(uintptr_t)kinds, error);
    *ret_head = head.position;
    return err;
}

/* ---- opening ---- */

static void at_sending(void *session)
{
    saga_session_at(session, SAGA_POINT_SENDING);
}

static enum err start_dispatcher(struct saga_runner *runner, struct error *error)
{
    const struct saga_runner_options *options = &runner->options;
    return dispatcher_start(
        &(struct dispatcher_options){.base_url = options->commands_url,
                                     .data_directory = options->data_directory,
                                     .in_flight = options->in_flight,
                                     .key_lifetime_us = options->key_lifetime_us,
                                     .wake_fd = runner->wake_fd,
                                     .before_send = at_sending,
                                     .context = &runner->session},
        &runner->session.dispatcher, error);
}

static enum err open_parts(struct saga_runner *runner, struct error *error)
{
    const struct saga_runner_options *options = &runner->options;
    struct saga_session *session = &runner->session;
    enum err err = saga_table_check(options->kinds, error);
    if (!err)
        err = saga_store_open(options->data_directory, "annal saga", &session->turns.store, error);
    /* No saga decides before the end of the log is reached: it first learns what has happened. */
    if (!err)
        err = check_start(options, session->turns.store, &runner->work.catch_up_to, error);
    return err ? err : start_dispatcher(runner, error);
}

enum err saga_runner_open(const struct saga_runner_options *options,
                          struct saga_runner **ret_runner, struct error *error)
{
    AUTO(saga_runner) struct saga_runner *runner = calloc(1, sizeof *runner);
    REQUIRE(runner);
    runner->options = *options;
    runner->wake_fd = -1;
    enum err err = wake_open(&runner->wake_fd, error);
    saga_session_init(&runner->session, options->kinds, options->upcasters);
    runner->session.at = options->at;
    runner->session.at_context = options->context;
    saga_work_init(&runner->work, &runner->session, runner->wake_fd, options->keep_ended_us);
    if (!err)
        err = open_parts(runner, error);
    if (err)
        return err;
    *ret_runner = runner;
    runner = NULL;
    return OK;
}

void saga_runner_close(struct saga_runner *runner)
{
    if (!runner)
        return;
    saga_session_finish(&runner->session);
    saga_work_finish(&runner->work);
    if (runner->wake_fd >= 0)
        close(runner->wake_fd);
    free(runner);
}

/* ---- what the subscription calls ---- */

static enum err on_checkpoint(void *context, struct checkpoint *ret, struct error *error)
{
    const struct saga_runner *runner = context;
    (void)error;
    *ret = *saga_store_checkpoint(runner->session.turns.store);
    return OK;
}

static enum err on_begin(void *context, struct error *error)
{
    return saga_session_begin(&((struct saga_runner *)context)->session, error);
}

static enum err on_apply(void *context, const struct event *event, struct error *error)
{
    struct saga_runner *runner = context;
    saga_session_at(&runner->session, SAGA_POINT_RECEIVED);
    return saga_events_apply(&runner->session.turns, runner->options.settings, event, error);
}

static enum err on_commit(void *context, const struct checkpoint *checkpoint, struct error *error)
{
    return saga_session_commit(&((struct saga_runner *)context)->session, checkpoint, error);
}

static void on_rollback(void *context)
{
    saga_session_rollback(&((struct saga_runner *)context)->session);
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
    return saga_work_run(&((struct saga_runner *)context)->work, error);
}

enum err saga_runner_run(struct saga_runner *runner, struct error *error)
{
    const struct subscriber subscriber = {
        .context = runner,
        .checkpoint = on_checkpoint,
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

/* ---- other threads ---- */

enum err saga_runner_ask(struct saga_runner *runner, const struct operator_request *request,
                         struct error *error)
{
    return saga_work_ask(&runner->work, request, error);
}

void saga_runner_status(struct saga_runner *runner, struct saga_status *ret_status)
{
    saga_session_status(&runner->session, ret_status);
}
