#include "operations/owner.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/stop.h"
#include "http/control.h"

#define AGAIN_MS    50
#define ANSWER_MS   10000 /* for one answer */
#define STATUS_MS   3000
#define PATIENCE_MS 30000 /* while the owner does not work on the action */

/* The outcome of the tries so far. */
struct progress {
    bool asked;       /* the owner was asked at the last try */
    bool may_be_done; /* an owner was asked and did not answer */
};

/* The owner holds the lock, so it runs even if no process listens on its socket. */
static enum err ask(const struct owner_action *action, const struct error *locked,
                    struct progress *progress, struct error *error)
{
    AUTO(json) json_t *answer = NULL;
    struct error why = {0};
    enum err err = control_call(action->data_directory, action->role, "POST", action->path,
                                action->body, ANSWER_MS, &answer, &why);
    progress->may_be_done |= err == ERR_UNREACHABLE;
    if (err == ERR_NOT_RUNNING)
        return error_set(error, ERR_UNREACHABLE,
                         "%s, which cannot be reached: %s; restart it if this persists",
                         locked->text, why.text);
    if (err == ERR_UNREACHABLE)
        return error_set(error, err, "%s, which does not respond: %s", locked->text, why.text);
    if (err)
        return error_set(error, err, "%s", why.text);
    return action->answered ? action->answered(action->context, answer, error) : OK;
}

static enum err try_once(const struct owner_action *action, struct progress *progress,
                         struct error *error)
{
    struct error why = {0};
    enum err err = action->here(action->context, &why);
    progress->asked = err == ERR_LOCKED;
    if (err == ERR_LOCKED)
        return ask(action, &why, progress, error);
    return err ? error_set(error, err, "%s", why.text) : OK;
}

static bool is_not_yet(enum err err)
{
    return err == ERR_NOT_READY || err == ERR_BUSY || err == ERR_INTERRUPTED ||
           err == ERR_STOPPING || err == ERR_QUEUE_FULL || err == ERR_UNREACHABLE;
}

enum err owner_do(const struct owner_action *action, bool *ret_asked, struct error *error)
{
    int64_t deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    struct progress progress = {0};
    for (;;) {
        struct error why = {0};
        enum err err = try_once(action, &progress, &why);
        int64_t now_ms = clock_monotonic_ms();
        if (ret_asked)
            *ret_asked = progress.asked;
        if (!err)
            return OK;
        if (err == ERR_NOT_READY)
            deadline_ms = now_ms + PATIENCE_MS;
        if (!is_not_yet(err) || now_ms >= deadline_ms)
            return error_set(error, err, "%s%s", why.text,
                             progress.may_be_done
                                 ? "; an earlier request was not answered and may have been "
                                   "carried out"
                                 : "");
        if (stop_wait_ms(AGAIN_MS))
            return error_set(error, ERR_INTERRUPTED,
                             "interrupted; %s may still carry out the action: %s", action->role,
                             why.text);
    }
}

/* No process listens on the socket: either no process runs, or the socket file was removed. */
static enum err check_holder(find_holder_fn *find_holder, const char *owned, struct error *error)
{
    char holder[LOCK_HOLDER_BYTES];
    struct error why = {0}, silence = *error;
    if (find_holder(owned, holder, &why) != OK)
        return error_set(error, ERR_UNREACHABLE, "%s; whether the process runs is unknown: %s",
                         silence.text, why.text);
    if (!holder[0])
        return ERR_NOT_RUNNING;
    return error_set(error, ERR_UNREACHABLE,
                     "%s is held by %s, which cannot be reached: %s; restart it if this persists",
                     owned, holder, silence.text);
}

enum err owner_read_status(const char *data_directory, const char *role,
                           find_holder_fn *find_holder, const char *owned, json_t **ret_status,
                           struct error *error)
{
    enum err err =
        control_call(data_directory, role, "GET", "/status", NULL, STATUS_MS, ret_status, error);
    return err == ERR_NOT_RUNNING ? check_holder(find_holder, owned, error) : err;
}
