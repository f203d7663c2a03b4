#include "projectors/projector_control.h"

#include "base/json.h"
#include "telemetry/metrics.h"

void projector_control_role(const char *model, struct text *out)
{
    text_printf(out, "projector-%s", model);
}

/* Its subscription cannot go on, for a full disk or the like, and tries again. */
static bool is_retrying(const char *model)
{
    return metric_value(metric_series(METRIC_SUBSCRIPTION_RETRYING, model)) != 0;
}

static enum err get_status(void *context, const json_t *body, json_t **ret_answer,
                           struct error *error)
{
    struct projector_status status;
    (void)body, (void)error;
    projector_status(context, &status);
    *ret_answer =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:b, s:b}", "model", status.model, "phase",
                  projector_phase_name(status.phase), "generation", (json_int_t)status.generation,
                  "position", (json_int_t)status.position, "parked", (json_int_t)status.parked,
                  "rebuilding", status.rebuilding, "retrying", is_retrying(status.model));
    return OK;
}

enum err projector_control_ready(void *context, const json_t *body, json_t **ret_answer,
                                 struct error *error)
{
    struct projector_status status;
    projector_status(context, &status);
    if (status.phase == PROJECTOR_WORKING)
        return get_status(context, body, ret_answer, error);
    return error_set(error, ERR_NOT_READY, "%s is %s", status.model,
                     projector_phase_name(status.phase));
}

static enum err post_cutover(void *context, const json_t *body, json_t **ret_answer,
                             struct error *error)
{
    int64_t number = json_int_or(body, "generation", 0);
    if (number <= 0)
        return error_set(error, ERR_BAD_REQUEST, "\"generation\" must be a number");
    enum err err = projector_cutover(context, number, error);
    return err ? err : get_status(context, body, ret_answer, error);
}

static enum err post_rebuild(void *context, const json_t *body, json_t **ret_answer,
                             struct error *error)
{
    enum err err = projector_rebuild(context, error);
    return err ? err : get_status(context, body, ret_answer, error);
}

/* That an event is still poison is an answer here, with its reason. */
static enum err answer_repair(enum err err, json_t **ret_answer, struct error *error)
{
    if (err && err != ERR_POISON)
        return err;
    *ret_answer = err ? json_pack("{s:b, s:s}", "free", 0, "reason", error->text)
                      : json_pack("{s:b}", "free", 1);
    return OK;
}

static enum err post_retry(void *context, const json_t *body, json_t **ret_answer,
                           struct error *error)
{
    enum err err = projector_retry(context, json_string_or(body, "stream", ""), error);
    return answer_repair(err, ret_answer, error);
}

static enum err post_skip(void *context, const json_t *body, json_t **ret_answer,
                          struct error *error)
{
    enum err err =
        projector_skip(context, json_string_or(body, "stream", ""),
                       json_int_or(body, "position", 0), json_string_or(body, "reason", ""), error);
    return answer_repair(err, ret_answer, error);
}

static enum err post_prune(void *context, const json_t *body, json_t **ret_answer,
                           struct error *error)
{
    (void)body, (void)ret_answer;
    return projector_prune(context, error);
}

const struct control_route projector_control_routes[] = {
    {"GET", "/status", get_status},
    {"POST", "/cutover", post_cutover},
    {"POST", "/rebuild", post_rebuild},
    {"POST", "/dead-letters/retry", post_retry},
    {"POST", "/dead-letters/skip", post_skip},
    {"POST", "/prune", post_prune},
    {0},
};
