#include "operations/rebuild.h"

#include "base/json.h"
#include "operations/owner.h"
#include "projectors/cutover.h"
#include "projectors/model_lock.h"
#include "projectors/projector_control.h"

/* If nobody holds the model: completes a cutover that was cut short. */
static enum err complete_if_free(const struct build_options *options, const struct model *model,
                                 struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    AUTO(projection) struct projection *serving = NULL;
    const char *name = model_name(model);
    int64_t number;
    enum err err = model_lock_take(options->data_directory, name, "annal rebuild", &lock, error);
    if (!err)
        err = cutover_open_serving(options->data_directory, name, &number, &serving, error);
    return err == ERR_LOCKED || err == ERR_NOT_FOUND || err == ERR_CORRUPT ? OK : err;
}

struct serving {
    const struct build_options *options;
    const char *model;
    int64_t number;   /* to serve */
    int64_t position; /* at which it does */
};

/* The caller holds the model's lock. */
static enum err cutover_locked(struct serving *s, struct error *error)
{
    AUTO(projection) struct projection *serving = NULL, *successor = NULL;
    const char *data_directory = s->options->data_directory;
    int64_t current = 0;
    bool retired = false;
    enum err err = cutover_open_serving(data_directory, s->model, &current, &serving, error);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
        err = OK;                       /* a damaged file is what a rebuild is for */
    if (!err && current == s->number) { /* the worker did it before us */
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
    struct serving *s = context;
    enum err err =
        model_lock_take(s->options->data_directory, s->model, "annal rebuild", &lock, error);
    return err ? err : cutover_locked(s, error);
}

static enum err read_position(void *context, const json_t *answer, struct error *error)
{
    struct serving *s = context;
    (void)error;
    s->position = json_int_or(answer, "position", 0);
    return OK;
}

static enum err have_served(struct serving *s, struct error *error)
{
    AUTO(text) struct text role = {0};
    AUTO(json) json_t *body = json_pack("{s:I}", "generation", (json_int_t)s->number);
    projector_control_role(s->model, &role);
    enum err err = owner_do(&(struct owner_action){.data_directory = s->options->data_directory,
                                                   .role = role.at,
                                                   .path = "/cutover",
                                                   .body = body,
                                                   .here = cutover_here,
                                                   .answered = read_position,
                                                   .context = s},
                            NULL, error);
    return err ? error_add_context(error, err, "generation %lld is complete, but does not serve",
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

static enum err serve_all(const struct build_options *options, const struct model *const *models,
                          const int64_t *numbers, size_t count, int64_t *ret_position,
                          struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < count && !err; i++) {
        struct serving serving = {
            .options = options, .model = model_name(models[i]), .number = numbers[i]};
        err = have_served(&serving, error);
        if (err)
            error_add_context(error, err, "rebuild %s", serving.model);
        if (i == 0 || serving.position < *ret_position)
            *ret_position = serving.position;
    }
    return err;
}

enum err rebuild_run(const struct build_options *options, const struct model *const *models,
                     size_t count, int64_t *ret_position, struct error *error)
{
    int64_t *numbers = calloc(count, sizeof *numbers);
    REQUIRE(numbers);
    enum err err = complete_all(options, models, count, error);
    if (!err)
        err = generation_build(options, models, count, numbers, error);
    if (!err)
        err = serve_all(options, models, numbers, count, ret_position, error);
    free(numbers);
    return err;
}
