#include "sagas/operator_action.h"

#include "base/wake.h"

#include <time.h>

#define ASK_SECONDS 5 /* until the owner must have taken a request */

/* The first saga with that id, of those this program has, and the names of all. */
static enum err find_only(const struct saga_turns *turns, const char *id, struct saga_row *ret_row,
                          int *ret_count, struct text *names, struct error *error)
{
    enum err err = OK;
    for (const struct saga_kind *const *kind = turns->kinds; !err && *kind; kind++) {
        AUTO(saga_row) struct saga_row row = {0};
        bool found = false;
        if (saga_find(turns->kinds, (*kind)->name, 0) != *kind)
            continue;
        err = saga_store_find(turns->store, (*kind)->name, id, &row, &found, error);
        if (err || !found)
            continue;
        text_printf(names, "%s%s/%s", *ret_count ? ", " : "", row.saga, row.id);
        if ((*ret_count)++ == 0) {
            *ret_row = row;
            row = (struct saga_row){0};
        }
    }
    return err;
}

/* One that is named is found even if this program does not have it, so that it can be abandoned. */
static enum err find_saga(const struct saga_turns *turns, const char *saga, const char *id,
                          struct saga_row *ret_row, struct error *error)
{
    AUTO(text) struct text names = {0};
    int count = 0;
    bool found = false;
    enum err err = saga[0] ? saga_store_find(turns->store, saga, id, ret_row, &found, error)
                           : find_only(turns, id, ret_row, &count, &names, error);
    if (err || found || count == 1)
        return err;
    if (count > 1)
        return error_set(error, ERR_REFUSED, "there are several sagas %s: name one, %s", id,
                         names.at);
    return error_set(error, ERR_NOT_FOUND, "there is no saga %s%s%s", saga, saga[0] ? "/" : "", id);
}

static enum err resume(const struct saga_turns *turns, struct saga_row *row, const char *reason,
                       struct error *error)
{
    AUTO(text) struct text what = {0};
    char why[SAGA_REASON_BYTES];
    if (row->phase != SAGA_STUCK)
        return error_set(error, ERR_REFUSED, "%s %s is not stuck but %s", row->saga, row->id,
                         saga_phase_name(row->phase));
    saga_reason_copy(reason, why);
    text_printf(&what, "resumed%s%s", why[0] ? ": " : "", why);
    struct saga_input input = {.kind = SAGA_RESUMED, .reason = why};
    return saga_turn_take(turns, row, &input, what.at, error);
}

static enum err abandon(const struct saga_turns *turns, struct saga_row *row, const char *reason,
                        struct error *error)
{
    if (row->phase == SAGA_ENDED)
        return error_set(error, ERR_REFUSED, "%s %s has ended already", row->saga, row->id);
    return saga_turn_abandon(turns, row, reason, error);
}

enum err operator_action_apply(const struct saga_turns *turns,
                               const struct operator_request *request, struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    enum err err = find_saga(turns, request->saga, request->id, &row, error);
    if (err)
        return err;
    return request->action == OPERATOR_ACTION_RESUME ? resume(turns, &row, request->reason, error)
                                                     : abandon(turns, &row, request->reason, error);
}

/* ---- asking the thread that owns the store ---- */

void operator_desk_init(struct operator_desk *desk, int wake_fd)
{
    pthread_condattr_t attributes;
    *desk = (struct operator_desk){.wake_fd = wake_fd};
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    REQUIRE(pthread_mutex_init(&desk->mutex, NULL) == 0 &&
            pthread_cond_init(&desk->answered, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

void operator_desk_finish(struct operator_desk *desk)
{
    pthread_cond_destroy(&desk->answered);
    pthread_mutex_destroy(&desk->mutex);
}

/* Waits, under the mutex, until the request is answered, or takes it back. */
static enum err await_answer(struct operator_desk *desk, struct error *error)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += ASK_SECONDS;
    while (desk->state == DESK_ASKED &&
           pthread_cond_timedwait(&desk->answered, &desk->mutex, &deadline) == 0) {
    }
    bool taken_back = desk->state == DESK_ASKED;
    while (desk->state == DESK_TAKEN)
        pthread_cond_wait(&desk->answered, &desk->mutex);
    desk->state = DESK_FREE;
    if (taken_back)
        return error_set(error, ERR_BUSY, "the runner is busy, nothing was done; ask again");
    enum err err = desk->answer.code;
    return err ? error_set(error, err, "%s", desk->answer.text) : OK;
}

enum err operator_desk_ask(struct operator_desk *desk, const struct operator_request *request,
                           struct error *error)
{
    enum err err = error_set(error, ERR_BUSY, "the runner is asked already; ask again");
    pthread_mutex_lock(&desk->mutex);
    if (desk->state == DESK_FREE) {
        desk->request = *request;
        desk->state = DESK_ASKED;
        wake_signal(desk->wake_fd);
        err = await_answer(desk, error);
    }
    pthread_mutex_unlock(&desk->mutex);
    return err;
}

bool operator_desk_take(struct operator_desk *desk, struct operator_request *ret_request)
{
    pthread_mutex_lock(&desk->mutex);
    bool asked = desk->state == DESK_ASKED;
    if (asked) {
        desk->state = DESK_TAKEN;
        *ret_request = desk->request;
    }
    pthread_mutex_unlock(&desk->mutex);
    return asked;
}

void operator_desk_answer(struct operator_desk *desk, enum err err, const struct error *error)
{
    pthread_mutex_lock(&desk->mutex);
    desk->answer = err ? *error : (struct error){0};
    desk->answer.code = err;
    desk->state = DESK_ANSWERED;
    pthread_cond_broadcast(&desk->answered);
    pthread_mutex_unlock(&desk->mutex);
}
