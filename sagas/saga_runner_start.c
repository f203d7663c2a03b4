/* Starting safely: where a new store begins in the log, and whether an old one may go on. */
#include "sagas/saga_runner_private.h"

#include "base/log.h"
#include "base/program.h"
#include "base/utf8.h"
#include "event_store/event_store.h"

struct seen {
    int64_t count;
    char first[SAGA_ID_BYTES];
};

static void see_stream(void *context, struct slice id, int64_t version)
{
    struct seen *seen = context;
    (void)version;
    utf8_copy(id, seen->first, sizeof seen->first);
    seen->count++;
}

/* Sagas have run on this log, but not with this file. */
static enum err refuse_lost_store(struct event_store *log, struct error *error)
{
    struct seen seen = {0};
    enum err err =
        event_store_streams_of(log, slice_of("saga"), slice_of(""), 1, see_stream, &seen, error);
    if (err || seen.count == 0)
        return err;
    return error_set(
        error, ERR_CORRUPT,
        SAGA_STORE_FILE
        " is new, but sagas have run on this log (stream saga/%s): the file was lost. Restore it "
        "from a backup, or start with --from POSITION to continue after that position; with --from "
        "0 "
        "every saga is rebuilt from the log",
        seen.first);
}

/* Without a log `head` is 0: the store begins with the first event. */
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

static enum err begin_new(const struct saga_runner_options *options, struct saga_store *store,
                          struct event_store *log, struct checkpoint head, struct error *error)
{
    struct checkpoint beginning;
    enum err err = choose_beginning(options, log, head, &beginning, error);
    return err ? err : saga_store_begin_at(store, &beginning, error);
}

/* Used for a new store only; an existing store has its own position. */
static void warn_from_ignored(const struct saga_runner_options *options,
                              const struct saga_store *store)
{
    if (options->from_given)
        log_warning("--from ignored: " SAGA_STORE_FILE " exists and continues after position %lld",
                    (long long)saga_store_checkpoint(store)->position);
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
                         "start the program that has it until they have ended, or abandon them "
                         "(%s sagas abandon %s/ID WHY)",
                         (long long)count, saga, first_id, last_id, program_name(), saga);
    return error_set(error, ERR_DEFINITION,
                     "%lld sagas are running that began with version %lld of the steps of %s "
                     "(%s … %s), and this program has version %d: list both until they have ended, "
                     "or abandon them",
                     (long long)count, (long long)version, saga, first_id, last_id,
                     newest->version);
}

/* *ret_log stays NULL if its writer has not started yet. A store that has followed a log does not start
 * without it: timers would expire before the events that end them are read. */
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

enum err saga_runner_start(struct saga_runner *runner, struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    const struct saga_runner_options *options = &runner->options;
    struct checkpoint head = {0};
    const void *kinds = options->kinds;
    enum err err = open_log(options->log_url, runner->store, &log, &head, error);
    if (!err && saga_store_is_new(runner->store))
        err = begin_new(options, runner->store, log, head, error);
    else if (!err)
        warn_from_ignored(options, runner->store);
    if (!err)
        err =
            saga_store_each_version(runner->store, check_version, (void *)(uintptr_t)kinds, error);
    runner->catch_up_to = head.position;
    return err;
}
