/* annal projector MODEL...: a worker for each named read model, each on its own thread. A worker has
 * the model's control socket while it holds the model's lock. */
#include "projectors/projector.h"

#include "base/log.h"
#include "base/stop.h"
#include "cli/role.h"
#include "cli/subcommand.h"

#define TEND_EVERY_MS 50

struct workers {
    struct projector *worker[ARGUMENTS_MOST];
    size_t count;
};

static void close_workers(struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++)
        projector_destroy(workers->worker[i]);
}
AUTO_FINISH(workers, struct workers, close_workers)

static enum err start_worker(struct workers *workers, const struct projector_options *projector,
                             struct error *error)
{
    enum err err = projector_start(projector, &workers->worker[workers->count], error);
    if (!err)
        workers->count++;
    return err;
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
        projector.metrics_listen = NULL; /* one worker serves the metrics of the process */
    }
    return err;
}

/* Each worker builds or follows the log, or waits until another process releases the model's lock. */
static bool are_ready(const struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++) {
        struct projector_status status;
        projector_status(workers->worker[i], &status);
        if (status.phase == PROJECTOR_STARTING || status.phase == PROJECTOR_ENDED)
            return false;
    }
    return true;
}

static enum err tend(const struct workers *workers, struct error *error)
{
    for (size_t i = 0; i < workers->count; i++) {
        struct projector_status status;
        projector_status(workers->worker[i], &status);
        if (status.phase == PROJECTOR_ENDED && !stop_is_requested()) {
            enum err err = projector_join(workers->worker[i], error);
            return err ? err : error_set(error, ERR_INTERNAL, "%s ended", status.model);
        }
    }
    return OK;
}

/* "accounts,balances". */
static void write_names(const struct options *options, struct text *out)
{
    for (size_t i = 0; i < options->argument_count; i++)
        text_printf(out, "%s%s", i ? "," : "", options->argument[i]);
}

/* Asks every worker to end; returns the first failure. */
static enum err join_all(struct workers *workers, struct error *error)
{
    enum err first = OK;
    for (size_t i = 0; i < workers->count; i++) {
        struct error own = {0};
        enum err err = projector_join(workers->worker[i], &own);
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
    AUTO(text) struct text names = {0};
    AUTO(text) struct text role = {0};
    AUTO(workers) struct workers workers = {0};
    AUTO(reread) struct reread *reread = NULL;

    write_names(options, &names);
    text_printf(&role, "projector %s", names.at);
    enum err err = role_begin(role.at, options, error);
    if (!err)
        err = bus_url_read(options->value[OPTION_BUS], &bus, error);
    if (!err)
        err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    if (!err)
        err = start_workers(
            &workers, options, models,
            (struct projector_options){.data_directory = options->value[OPTION_DATA],
                                       .log_url = option_log_url(options),
                                       .bus = &bus,
                                       .force = option_flag(options, OPTION_FORCE),
                                       .metrics_listen = options->value[OPTION_METRICS_LISTEN]},
            error);
    if (err)
        return err;
    reread = role_reread(options, catalogue);
    bool ready = false;
    do {
        err = tend(&workers, error);
        if (!err && !ready && (ready = are_ready(&workers)))
            role_ready("projector", names.at);
    } while (!err && !stop_wait_ms(TEND_EVERY_MS));
    if (err)
        return err;
    log_info("stopping");
    return join_all(&workers, error);
}

static const enum option options[] = {OPTION_DATA,           OPTION_LOG,     OPTION_BUS,
                                      OPTION_MODELS,         OPTION_SCHEMAS, OPTION_DOMAIN,
                                      OPTION_METRICS_LISTEN, OPTION_FORCE,   OPTION_LOG_LEVEL,
                                      OPTION_HELP,           OPTION_COUNT};

const struct subcommand subcommand_projector = {
    .name = "projector",
    .arguments = "MODEL...",
    .summary = "keep read models current, with one worker each",
    .more = "Any number of these processes can run. A second one for a read model waits and takes\n"
            "over when the first ends. If the definition has changed, the worker continues to\n"
            "update the old generation while it builds the new one.",
    .is_role = true,
    .least_arguments = 1,
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
