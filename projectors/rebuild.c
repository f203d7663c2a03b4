#include "projectors/rebuild.h"

#include "base/stop.h"
#include "projectors/cutover.h"
#include "projectors/model_lock.h"
#include "projectors/projector_ask.h"
#include "read_model/store/generation.h"

#include <stdio.h>

#define ASK_MS         100   /* how often the holder is asked */
#define UNREACHABLE_MS 30000 /* after so long without an answer it is given up */

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

/* The caller holds the model's lock. */
static enum err cutover_here(const struct build_options *options, const struct model *model,
                             int64_t number, int64_t *ret_position, struct error *error)
{
    AUTO(projection) struct projection *serving = NULL, *successor = NULL;
    const char *name = model_name(model);
    int64_t current = 0;
    bool retired = false;
    enum err err = cutover_open_serving(options->data_directory, name, &current, &serving, error);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
        err = OK;                    /* a damaged file is what a rebuild is for */
    if (!err && current == number) { /* somebody did it before us */
        *ret_position = serving->checkpoint.position;
        return OK;
    }
    struct cutover cutover = {
        .data_directory = options->data_directory,
        .log_url = options->log_url,
        .model = name,
        .number = number,
        .serving = serving,
    };
    if (!err)
        err = cutover_run(&cutover, &retired, &successor, error);
    if (!err)
        *ret_position = successor->checkpoint.position;
    return err;
}

/* One try: by the holder of the model's lock if there is one. ERR_LOCKED, ERR_BUSY: not yet. */
static enum err try_cutover(const struct build_options *options, const struct model *model,
                            int64_t number, int64_t *ret_position, struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    const char *name = model_name(model);
    enum err err = model_lock_take(options->data_directory, name, "annal rebuild", &lock, error);
    if (!err)
        return cutover_here(options, model, number, ret_position, error);
    if (err != ERR_LOCKED)
        return err;
    return projector_ask_cutover(options->data_directory, name, number, ret_position, error);
}

static enum err have_served(const struct build_options *options, const struct model *model,
                            int64_t number, int64_t *ret_position, struct error *error)
{
    struct error why = {0};
    for (int waited_ms = 0; waited_ms < UNREACHABLE_MS; waited_ms += ASK_MS) {
        enum err err = try_cutover(options, model, number, ret_position, &why);
        if (err == ERR_NOT_READY)
            waited_ms = 0; /* it answers: it is at it */
        else if (err != ERR_LOCKED && error_class(err) != ERROR_CLASS_RETRY)
            return err ? error_set(error, err, "%s", why.text) : OK;
        if (stop_wait_ms(ASK_MS))
            return error_set(error, ERR_INTERRUPTED, "generation %lld is complete, but not served",
                             (long long)number);
    }
    return error_set(error, ERR_UNREACHABLE,
                     "generation %lld is complete, but whoever holds the model does not take it: "
                     "%s",
                     (long long)number, why.text);
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
        int64_t position = 0;
        err = have_served(options, models[i], numbers[i], &position, error);
        if (err)
            error_add_context(error, err, "rebuild %s", model_name(models[i]));
        if (i == 0 || position < *ret_position)
            *ret_position = position;
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
