#include "sagas/saga_control.h"

static enum err get_status(void *context, const json_t *body, json_t **ret_answer,
                           struct error *error)
{
    struct saga_status status;
    (void)body, (void)error;
    saga_runner_status(context, &status);
    json_t *phases = json_object();
    for (enum saga_phase phase = 0; phase < SAGA_PHASES; phase++)
        json_object_set_new(phases, saga_phase_name(phase), json_integer(status.counts[phase]));
    *ret_answer = json_pack("{s:I, s:b, s:b, s:b, s:o}", "position", (json_int_t)status.position,
                            "catching_up", status.catching_up, "endpoint_unreachable",
                            !status.reaches_endpoint, "control_unreachable",
                            !status.reaches_control, "phases", phases);
    return OK;
}

enum err saga_control_ready(void *context, const json_t *body, json_t **ret_answer,
                            struct error *error)
{
    struct saga_status status;
    saga_runner_status(context, &status);
    if (status.catching_up)
        return error_set(error, ERR_NOT_READY, "it catches up with the log, position %lld",
                         (long long)status.position);
    return get_status(context, body, ret_answer, error);
}

static enum err post_action(void *context, enum operator_action action, const json_t *body,
                            struct error *error)
{
    return saga_runner_ask(context,
                           &(struct operator_request){.action = action,
                                                      .saga = json_string_or(body, "saga", ""),
                                                      .id = json_string_or(body, "id", ""),
                                                      .reason = json_string_or(body, "reason", "")},
                           error);
}

static enum err post_resume(void *context, const json_t *body, json_t **ret_answer,
                            struct error *error)
{
    (void)ret_answer;
    return post_action(context, OPERATOR_ACTION_RESUME, body, error);
}

static enum err post_abandon(void *context, const json_t *body, json_t **ret_answer,
                             struct error *error)
{
    (void)ret_answer;
    return post_action(context, OPERATOR_ACTION_ABANDON, body, error);
}

const struct control_route saga_control_routes[] = {
    {.method = "GET", .path = "/status", .action = get_status},
    {.method = "POST", .path = "/resume", .action = post_resume},
    {.method = "POST", .path = "/abandon", .action = post_abandon},
    {0},
};
