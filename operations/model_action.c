#include "operations/model_action.h"

#include "base/json.h"
#include "operations/owner.h"
#include "projectors/cutover.h"
#include "projectors/model_lock.h"
#include "projectors/projector_control.h"
#include "read_model/store/generation.h"

struct work {
    const char *data_directory, *model;
    const char *stream;
    int64_t position;
    const char *reason; /* NULL: nothing is skipped */
};

static enum err run(struct work *work, struct owner_action action, struct error *error)
{
    AUTO(text) struct text role = {0};
    projector_control_role(work->model, &role);
    action.data_directory = work->data_directory;
    action.role = role.at;
    action.context = work;
    enum err err = owner_do(&action, NULL, error);
    return err ? error_add_context(error, err, "%s", work->model) : OK;
}

/* ---- retry and skip ---- */

static enum err repair(const struct work *work, struct error *error)
{
    AUTO(projection) struct projection *serving = NULL;
    struct slice stream = slice_of(work->stream);
    int64_t number = 0;
    bool is_free = false;
    enum err err =
        cutover_open_serving(work->data_directory, work->model, &number, &serving, error);
    if (!err && work->reason)
        err = projection_skip(serving, stream, work->position, work->reason, &is_free, error);
    else if (!err)
        err = projection_retry(serving, stream, &is_free, error);
    if (!err && !is_free)
        err = error_set(error, ERR_POISON, "%s", serving->poison.text);
    return err;
}

static enum err repair_here(void *context, struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    const struct work *work = context;
    enum err err =
        model_lock_take(work->data_directory, work->model, "annal dead-letters", &lock, error);
    return err ? err : repair(work, error);
}

static enum err read_repaired(void *context, const json_t *answer, struct error *error)
{
    (void)context;
    if (json_is_true(json_object_get(answer, "free")))
        return OK;
    return error_set(error, ERR_POISON, "%s", json_string_or(answer, "reason", ""));
}

static enum err run_repair(struct work *work, const char *path, struct error *error)
{
    AUTO(json)
    json_t *body =
        json_pack("{s:s, s:I, s:s}", "stream", work->stream, "position", (json_int_t)work->position,
                  "reason", work->reason ? work->reason : "");
    if (!body)
        return error_set(error, ERR_BAD_REQUEST, "%s: the stream's name or the reason is not UTF-8",
                         work->model);
    return run(work,
               (struct owner_action){
                   .path = path, .body = body, .here = repair_here, .answered = read_repaired},
               error);
}

enum err model_action_retry(const char *data_directory, const char *model, const char *stream,
                            struct error *error)
{
    struct work work = {.data_directory = data_directory, .model = model, .stream = stream};
    return run_repair(&work, "/dead-letters/retry", error);
}

enum err model_action_skip(const char *data_directory, const char *model, const char *stream,
                           int64_t position, const char *reason, struct error *error)
{
    struct work work = {.data_directory = data_directory,
                        .model = model,
                        .stream = stream,
                        .position = position,
                        .reason = reason};
    return run_repair(&work, "/dead-letters/skip", error);
}

/* ---- prune ---- */

static enum err prune_here(void *context, struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    const struct work *work = context;
    enum err err =
        model_lock_take(work->data_directory, work->model, "annal models prune", &lock, error);
    return err ? err : generation_prune(work->data_directory, work->model, error);
}

enum err model_action_prune(const char *data_directory, const char *model, struct error *error)
{
    struct work work = {.data_directory = data_directory, .model = model};
    return run(&work, (struct owner_action){.path = "/prune", .here = prune_here}, error);
}
