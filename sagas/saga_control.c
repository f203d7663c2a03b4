#include "sagas/saga_control.h"

#include "base/clock.h"
#include "base/file.h"
#include "sagas/saga_wishes.h"

#define CALL_TIMEOUT_MS 10000

static enum err get_status(void *context, const json_t *body, json_t **ret_answer,
                           struct error *error)
{
    struct saga_runner_status status;
    (void)body, (void)error;
    saga_runner_status(context, &status);
    json_t *phases = json_object();
    for (enum saga_phase phase = 0; phase < SAGA_PHASES; phase++)
        json_object_set_new(phases, saga_phase_name(phase), json_integer(status.counts[phase]));
    *ret_answer =
        json_pack("{s:I, s:b, s:b, s:b, s:o}", "position", (json_int_t)status.position,
                  "catchingUp", status.catching_up, "endpointUnreachable", !status.reaches_endpoint,
                  "controlUnreachable", !status.reaches_control, "phases", phases);
    return OK;
}

enum err saga_control_ready(void *context, const json_t *body, json_t **ret_answer,
                            struct error *error)
{
    struct saga_runner_status status;
    saga_runner_status(context, &status);
    if (status.catching_up)
        return error_set(error, ERR_NOT_READY, "it catches up with the log, position %lld",
                         (long long)status.position);
    return get_status(context, body, ret_answer, error);
}

static enum err post_wish(void *context, enum saga_wish wish, const json_t *body,
                          struct error *error)
{
    return saga_runner_ask(context, wish, json_string_or(body, "saga", ""),
                           json_string_or(body, "id", ""), json_string_or(body, "reason", ""),
                           error);
}

static enum err post_resume(void *context, const json_t *body, json_t **ret_answer,
                            struct error *error)
{
    (void)ret_answer;
    return post_wish(context, SAGA_WISH_RESUME, body, error);
}

static enum err post_abandon(void *context, const json_t *body, json_t **ret_answer,
                             struct error *error)
{
    (void)ret_answer;
    return post_wish(context, SAGA_WISH_ABANDON, body, error);
}

const struct control_route saga_control_routes[] = {
    {"GET", "/status", get_status},
    {"POST", "/resume", post_resume},
    {"POST", "/abandon", post_abandon},
    {0},
};

static enum err fulfil_here(struct saga_store *store, const struct saga_kind *const *kinds,
                            enum saga_wish wish, const char *saga, const char *id,
                            const char *reason, struct error *error)
{
    const struct saga_turns turns = {
        .store = store, .kinds = kinds, .decides = false, .now_us = clock_now_us()};
    if (saga_store_is_new(store))
        return error_set(error, ERR_NOT_FOUND, "no saga has run yet");
    enum err err = saga_store_begin(store, error);
    if (err)
        return err;
    err = saga_wish_fulfil(&turns, wish, saga, id, reason, error);
    if (!err)
        return saga_store_commit(store, NULL, error);
    saga_store_rollback(store);
    return err;
}

/* Whoever wishes something of a saga makes no store. */
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

enum err saga_control_wish(const char *data_directory, const struct saga_kind *const *kinds,
                           enum saga_wish wish, const char *saga, const char *id,
                           const char *reason, bool *ret_runs, struct error *error)
{
    AUTO(json) json_t *answer = NULL;
    AUTO(json)
    json_t *body = json_pack("{s:s, s:s, s:s}", "saga", saga, "id", id, "reason", reason);
    AUTO(saga_store) struct saga_store *store = NULL;
    *ret_runs = false;
    enum err err = check_store(data_directory, error);
    if (err)
        return err;
    err = saga_store_open(data_directory, "annal sagas", &store, error);
    *ret_runs = err == ERR_LOCKED;
    if (!err)
        return fulfil_here(store, kinds, wish, saga, id, reason, error);
    if (err != ERR_LOCKED)
        return err;
    return control_call(data_directory, SAGA_ROLE, "POST",
                        wish == SAGA_WISH_RESUME ? "/resume" : "/abandon", body, CALL_TIMEOUT_MS,
                        &answer, error);
}
