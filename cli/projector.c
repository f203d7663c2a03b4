/* annal projector MODEL...: a worker for each read model named, each on a thread of its own.
 *
 * A model's control socket belongs to the process that holds the model's lock; so it is opened when
 * the lock is, and a process that waits behind another has none.
 */
#include "projectors/projector.h"

#include "base/log.h"
#include "base/stop.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "projectors/projector_control.h"

#define TEND_EVERY_MS 50

struct worker {
    struct projector *projector;
    struct control *control; /* NULL until it holds the lock */
    struct text role;
};

struct workers {
    struct worker worker[ARGUMENTS_MOST];
    size_t count;
    const char *data_directory, *metrics_listen;
};

static void close_workers(struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++) {
        control_close(workers->worker[i].control);
        projector_destroy(workers->worker[i].projector);
        text_finish(&workers->worker[i].role);
    }
}
AUTO_FINISH(workers, struct workers, close_workers)

static enum err start_worker(struct workers *workers, const struct projector_options *projector,
                             struct error *error)
{
    struct worker *worker = &workers->worker[workers->count++];
    projector_control_role(model_name(projector->model), &worker->role);
    return projector_start(projector, &worker->projector, error);
}

static enum err start_workers(struct workers *workers, const struct options *options,
                              const struct models *models, struct projector_options projector,
                              struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < options->argument_count; i++) {
        projector.model = models_find(models, options->argument[i]);
        err = projector.model ? start_worker(workers, &projector, error)
                              : role_no_such_model(models, options->argument[i], error);
    }
    return err;
}

/* The lock is held: the socket is ours, as soon as whoever had it before has let go. */
static enum err open_control(struct workers *workers, size_t index, struct error *error)
{
    struct worker *worker = &workers->worker[index];
    enum err err = control_open(
        &(struct control_options){.data_directory = workers->data_directory,
                                  .role = worker->role.at,
                                  .routes = projector_control_routes,
                                  .ready = projector_control_ready,
                                  .context = worker->projector,
                                  .metrics_listen = index == 0 ? workers->metrics_listen : NULL},
        &worker->control, error);
    return err == ERR_LOCKED ? OK : err;
}

static enum err tend(struct workers *workers, struct error *error)
{
    for (size_t i = 0; i < workers->count; i++) {
        struct worker *worker = &workers->worker[i];
        struct projector_status status;
        projector_status(worker->projector, &status);
        if (status.phase == PROJECTOR_ENDED && !stop_is_requested()) {
            enum err err = projector_join(worker->projector, error);
            return err ? err : error_set(error, ERR_INTERNAL, "%s ended", status.model);
        }
        bool holds = status.phase == PROJECTOR_BUILDING || status.phase == PROJECTOR_WORKING;
        enum err err = holds && !worker->control ? open_control(workers, i, error) : OK;
        if (err)
            return err;
    }
    return OK;
}

static void announce(const struct options *options)
{
    AUTO(text) struct text names = {0};
    for (size_t i = 0; i < options->argument_count; i++)
        text_printf(&names, "%s%s", i ? "," : "", options->argument[i]);
    role_ready("projector", names.at);
}

/* Asks every worker to end, and tells what the first of them that failed says. */
static enum err join_all(struct workers *workers, struct error *error)
{
    enum err first = OK;
    for (size_t i = 0; i < workers->count; i++) {
        struct error own = {0};
        enum err err = projector_join(workers->worker[i].projector, &own);
        if (err && !first)
            first = error_set(error, err, "%s", own.text);
    }
    return first;
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    struct bus_url bus;
    AUTO(workers)
    struct workers workers = {.data_directory = options->value[OPTION_DATA],
                              .metrics_listen = options->value[OPTION_METRICS_LISTEN]};

    enum err err = role_begin("projector", options, error);
    if (!err)
        err = bus_url_read(options->value[OPTION_BUS], &bus, error);
    if (!err)
        err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    if (!err)
        err = start_workers(&workers, options, models,
                            (struct projector_options){.data_directory = workers.data_directory,
                                                       .bus = &bus,
                                                       .catalogue = catalogue,
                                                       .force = option_flag(options, OPTION_FORCE)},
                            error);
    if (err)
        return err;
    announce(options);
    do
        err = tend(&workers, error);
    while (!err && !stop_wait_ms(TEND_EVERY_MS));
    if (err)
        return err;
    log_info("stopping");
    return join_all(&workers, error);
}

static const enum option options[] = {
    OPTION_DATA,  OPTION_BUS,       OPTION_MODELS, OPTION_SCHEMAS, OPTION_METRICS_LISTEN,
    OPTION_FORCE, OPTION_LOG_LEVEL, OPTION_HELP,   OPTION_COUNT};

const struct subcommand subcommand_projector = {
    .name = "projector",
    .arguments = "MODEL...",
    .summary = "keep read models current: a worker for each",
    .more =
        "Run as many processes as wanted. A second one for a model waits and takes over when the\n"
        "first ends. A worker whose definition has changed goes on serving the old generation and\n"
        "builds the new one beside it.",
    .is_role = true,
    .least_arguments = 1,
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
