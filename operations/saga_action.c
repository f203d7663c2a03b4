#include "operations/saga_action.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "operations/owner.h"
#include "sagas/saga_control.h"

struct action {
    const char *data_directory;
    const struct saga_kind *const *kinds;
    const struct operator_request *request;
};

static enum err apply(const struct action *action, struct saga_store *store, struct error *error)
{
    const struct saga_turns turns = {
        .store = store, .kinds = action->kinds, .decides = false, .now_us = clock_now_us()};
    if (saga_store_is_new(store))
        return error_set(error, ERR_NOT_FOUND, "no saga has run yet");
    enum err err = saga_store_begin(store, error);
    if (err)
        return err;
    err = operator_action_apply(&turns, action->request, error);
    if (!err)
        return saga_store_commit(store, NULL, error);
    saga_store_rollback(store);
    return err;
}

/* Opening a store creates it, which an action must not. */
static enum err check_store(const char *data_directory, struct error *error)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/" SAGA_STORE_FILE, data_directory);
    bool exists = false;
    enum err err = file_exists(path.at, &exists, error);
    if (err || exists)
        return err;
    return error_set(error, ERR_NOT_FOUND,
                     "there is no %s: no saga has run yet, or --data names "
                     "another directory",
                     path.at);
}

static enum err apply_here(void *context, struct error *error)
{
    AUTO(saga_store) struct saga_store *store = NULL;
    const struct action *action = context;
    enum err err = check_store(action->data_directory, error);
    if (!err)
        err = saga_store_open(action->data_directory, "annal sagas", &store, error);
    return err ? err : apply(action, store, error);
}

enum err saga_action_run(const char *data_directory, const struct saga_kind *const *kinds,
                         const struct operator_request *request, bool *ret_runs,
                         struct error *error)
{
    struct action action = {.data_directory = data_directory, .kinds = kinds, .request = request};
    AUTO(json)
    json_t *body = json_pack("{s:s, s:s, s:s}", "saga", request->saga, "id", request->id, "reason",
                             request->reason);
    if (!body)
        return error_set(error, ERR_BAD_REQUEST, "the saga, its id or the reason is not UTF-8");
    return owner_do(&(struct owner_action){.data_directory = data_directory,
                                           .role = SAGA_ROLE,
                                           .path = request->action == OPERATOR_ACTION_RESUME
                                                       ? "/resume"
                                                       : "/abandon",
                                           .body = body,
                                           .here = apply_here,
                                           .context = &action},
                    ret_runs, error);
}
