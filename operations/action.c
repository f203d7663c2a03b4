/* For each action, a function `…_here` does the work in this process, under the lock of the file. owner.h
 * describes when it runs and when the owner of the file is asked instead. */
#include "operations/action.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/program.h"
#include "operations/owner.h"
#include "projectors/cutover.h"
#include "projectors/projector.h"
#include "read_model/store/generation.h"
#include "sagas/saga_control.h"

/* ---- read models: retry and skip ---- */

struct model_work {
    const char *data_directory, *model;
    const char *stream;
    int64_t position;
    const char *reason; /* of a skip; NULL: retry */
};

static enum err run_on_model(struct model_work *work, struct owner_action action,
                             struct error *error)
{
    AUTO(text) struct text role = {0};
    projector_role(work->model, &role);
    action.data_directory = work->data_directory;
    action.role = role.at;
    action.context = work;
    enum err err = owner_do(&action, NULL, error);
    return err ? error_add_context(error, err, "%s", work->model) : OK;
}

static enum err repair(const struct model_work *work, struct error *error)
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
    const struct model_work *work = context;
    enum err err =
        generation_lock(work->data_directory, work->model, "annal dead-letters", &lock, error);
    return err ? err : repair(work, error);
}

static enum err read_repaired(void *context, const json_t *answer, struct error *error)
{
    (void)context;
    if (json_is_true(json_object_get(answer, "applied")))
        return OK;
    return error_set(error, ERR_POISON, "%s", json_string_or(answer, "reason", ""));
}

static enum err run_repair(struct model_work *work, const char *path, struct error *error)
{
    AUTO(json)
    json_t *body =
        json_pack("{s:s, s:I, s:s}", "stream", work->stream, "position", (json_int_t)work->position,
                  "reason", work->reason ? work->reason : "");
    if (!body)
        return error_set(error, ERR_BAD_REQUEST, "%s: the stream's name or the reason is not UTF-8",
                         work->model);
    return run_on_model(
        work,
        (struct owner_action){
            .path = path, .body = body, .here = repair_here, .answered = read_repaired},
        error);
}

enum err action_retry(const char *data_directory, const char *model, const char *stream,
                      struct error *error)
{
    struct model_work work = {.data_directory = data_directory, .model = model, .stream = stream};
    return run_repair(&work, "/dead-letters/retry", error);
}

enum err action_skip(const char *data_directory, const char *model, const char *stream,
                     int64_t position, const char *reason, struct error *error)
{
    struct model_work work = {.data_directory = data_directory,
                              .model = model,
                              .stream = stream,
                              .position = position,
                              .reason = reason};
    return run_repair(&work, "/dead-letters/skip", error);
}

/* ---- read models: prune ---- */

static enum err prune_here(void *context, struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    const struct model_work *work = context;
    enum err err =
        generation_lock(work->data_directory, work->model, "annal models prune", &lock, error);
    return err ? err : generation_prune(work->data_directory, work->model, error);
}

enum err action_prune(const char *data_directory, const char *model, struct error *error)
{
    struct model_work work = {.data_directory = data_directory, .model = model};
    return run_on_model(&work, (struct owner_action){.path = "/prune", .here = prune_here}, error);
}

/* ---- read models: rebuild ---- */

/* Completes a cutover that was interrupted, unless another process holds the model. */
static enum err complete_if_free(const struct build_options *options, const struct model *model,
                                 struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    AUTO(projection) struct projection *serving = NULL;
    const char *name = model_name(model);
    int64_t number;
    enum err err = generation_lock(options->data_directory, name, "annal rebuild", &lock, error);
    if (!err)
        err = cutover_open_serving(options->data_directory, name, &number, &serving, error);
    return err == ERR_LOCKED || err == ERR_NOT_FOUND || err == ERR_CORRUPT ? OK : err;
}

struct rebuilt {
    const struct build_options *options;
    const char *model;
    int64_t number;   /* of the generation to serve */
    int64_t position; /* of that generation when it begins to serve */
};

/* The caller holds the model's lock. */
static enum err cutover_locked(struct rebuilt *s, struct error *error)
{
    AUTO(projection) struct projection *serving = NULL, *successor = NULL;
    const char *data_directory = s->options->data_directory;
    int64_t current = 0;
    bool retired = false;
    enum err err = cutover_open_serving(data_directory, s->model, &current, &serving, error);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
        err = OK;                       /* the rebuild replaces a damaged file */
    if (!err && current == s->number) { /* the worker has already done it */
        s->position = serving->checkpoint.position;
        return OK;
    }
    struct cutover cutover = {
        .data_directory = data_directory,
        .log_url = s->options->log_url,
        .model = s->model,
        .number = s->number,
        .serving = serving,
    };
    if (!err)
        err = cutover_run(&cutover, &retired, &successor, error);
    if (!err)
        s->position = successor->checkpoint.position;
    return err;
}

static enum err cutover_here(void *context, struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    struct rebuilt *s = context;
    enum err err =
        generation_lock(s->options->data_directory, s->model, "annal rebuild", &lock, error);
    return err ? err : cutover_locked(s, error);
}

static enum err read_position(void *context, const json_t *answer, struct error *error)
{
    struct rebuilt *s = context;
    (void)error;
    s->position = json_int_or(answer, "position", 0);
    return OK;
}

static enum err have_served(struct rebuilt *s, struct error *error)
{
    AUTO(text) struct text role = {0};
    AUTO(json) json_t *body = json_pack("{s:I}", "generation", (json_int_t)s->number);
    projector_role(s->model, &role);
    enum err err = owner_do(&(struct owner_action){.data_directory = s->options->data_directory,
                                                   .role = role.at,
                                                   .path = "/cutover",
                                                   .body = body,
                                                   .here = cutover_here,
                                                   .answered = read_position,
                                                   .context = s},
                            NULL, error);
    return err ? error_add_context(error, err, "generation %lld is complete but does not serve",
                                   (long long)s->number)
               : OK;
}

static enum err complete_all(const struct build_options *options, const struct model *const *models,
                             size_t count, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < count && !err; i++) {
        err = complete_if_free(options, models[i], error);
        if (err)
            error_add_context(error, err, "rebuild %s", model_name(models[i]));
    }
    return err;
}

/* Those that were built; `number` 0: it was not. */
static enum err serve_all(const struct build_options *options, const struct model *const *models,
                          const int64_t *numbers, size_t count, int64_t *ret_position,
                          struct error *error)
{
    enum err first = OK;
    *ret_position = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        struct rebuilt serving = {
            .options = options, .model = model_name(models[i]), .number = numbers[i]};
        struct error failure = {0};
        if (serving.number == 0)
            continue;
        enum err err = have_served(&serving, &failure);
        if (err && !first)
            first = error_set(error, err, "rebuild %s: %s", serving.model, failure.text);
        if (serving.position < *ret_position)
            *ret_position = serving.position;
    }
    return first;
}

enum err action_rebuild(const struct build_options *options, const struct model *const *models,
                        size_t count, int64_t *ret_position, struct error *error)
{
    struct error serving = {0};
    int64_t *numbers = calloc(count, sizeof *numbers);
    REQUIRE(numbers);
    enum err err = complete_all(options, models, count, error);
    if (!err)
        err = generation_build(options, models, count, numbers, error);
    if (serve_all(options, models, numbers, count, ret_position, &serving) != OK && !err)
        err = error_set(error, serving.code, "%s", serving.text);
    free(numbers);
    return err;
}

/* ---- sagas: resume and abandon ---- */

struct saga_work {
    const char *data_directory;
    const struct saga_kind *const *kinds;
    const struct operator_request *request;
};

static enum err apply(const struct saga_work *work, struct saga_store *store, struct error *error)
{
    const struct saga_turns turns = {
        .store = store, .kinds = work->kinds, .decides = false, .now_us = clock_now_us()};
    if (saga_store_is_new(store))
        return error_set(error, ERR_NOT_FOUND, "no saga has run yet");
    enum err err = saga_store_begin(store, error);
    if (err)
        return err;
    err = operator_action_apply(&turns, work->request, error);
    if (!err)
        return saga_store_commit(store, NULL, error);
    saga_store_rollback(store);
    return err;
}

/* Opening a store would create it; an action must not create one. */
static enum err check_store(const char *data_directory, struct error *error)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/" SAGA_STORE_FILE, data_directory);
    bool exists = false;
    enum err err = file_exists(path.at, &exists, error);
    if (err || exists)
        return err;
    return error_set(error, ERR_NOT_FOUND,
                     "%s does not exist: no saga has run on this data; start `%s saga`, or "
                     "`%s up --sagas`",
                     path.at, program_name(), program_name());
}

static enum err apply_here(void *context, struct error *error)
{
    AUTO(saga_store) struct saga_store *store = NULL;
    const struct saga_work *work = context;
    enum err err = check_store(work->data_directory, error);
    if (!err)
        err = saga_store_open(work->data_directory, "annal sagas", &store, error);
    return err ? err : apply(work, store, error);
}

enum err action_on_saga(const char *data_directory, const struct saga_kind *const *kinds,
                        const struct operator_request *request, bool *ret_runs, struct error *error)
{
    struct saga_work work = {.data_directory = data_directory, .kinds = kinds, .request = request};
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
                                           .context = &work},
                    ret_runs, error);
}
