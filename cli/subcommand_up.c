/* annal up: runs every role on this machine, each in its own process, and restarts a process that ends,
 * after a growing delay. A vital role that a restart cannot repair ends `annal up`, with the reason.
 *
 * The children get the options as ANNAL_* variables and run this same program. They die with their
 * parent (PR_SET_PDEATHSIG), and each has its own process group, so that Ctrl-C reaches only the
 * parent, which then stops them in order.
 */
#include "base/hangup.h"
#include "base/log.h"
#include "base/stop.h"
#include "bus/bus_url.h"
#include "cli/child.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "cli/up_metrics.h"
#include "projectors/projector.h"

#include <stdio.h>

#define CHILDREN_MOST CHILD_WAIT_MOST
#define STOP_WAIT_MS  20000
#define TEND_EVERY_MS 1000

struct household {
    struct child children[CHILDREN_MOST];
    const char
        *sockets[CHILDREN_MOST + 1]; /* the role in the name of each child's control socket */
    size_t count;
    struct up_metrics *metrics; /* NULL without --metrics-listen */
    bool announced;
};

static void close_household(struct household *household)
{
    up_metrics_close(household->metrics);
    for (size_t i = 0; i < household->count; i++) {
        child_finish(&household->children[i]);
        free((char *)household->sockets[i]);
    }
}
AUTO_FINISH(household, struct household, close_household)

/* A projector is not vital: it is restarted until an operator has repaired its read model, and the other
 * roles continue. */
static void add_child(struct household *household, const char *name, const char *role,
                      const char *argument)
{
    REQUIRE(household->count < CHILDREN_MOST);
    AUTO(text) struct text socket = {0};
    struct child *child = &household->children[household->count];
    if (argument)
        projector_role(argument, &socket);
    else
        text_add(&socket, role);
    household->sockets[household->count++] = text_take(&socket);
    child_init(child, name, role, argument);
    child->vital = strcmp(role, "projector") != 0;
}

static enum err list_children(const struct options *options, struct household *household,
                              struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    enum err err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    if (err)
        return err;
    if (models_count(models) + 3 > CHILDREN_MOST)
        return error_set(error, ERR_USAGE,
                         "more than %d read models; start `annal projector` for them separately",
                         CHILDREN_MOST - 3);
    add_child(household, "commands", "commands", NULL);
    for (size_t i = 0; i < models_count(models); i++)
        add_child(household, model_name(models_at(models, i)), "projector",
                  model_name(models_at(models, i)));
    if (options->domain.sagas[0] && option_flag(options, OPTION_SAGAS)) {
        add_child(household, "saga", "saga", NULL); /* it sends commands to the endpoint */
        household->children[household->count - 1].after = &household->children[0];
    }
    add_child(household, "queries", "queries", NULL);
    return OK;
}

/* Prints `ready up` once each child is ready; does not wait for a hopeless projector. */
static void announce(struct household *household)
{
    AUTO(text) struct text where = {0};
    for (size_t i = 0; i < household->count; i++) {
        const struct child *child = &household->children[i];
        if (!child->where && !child_is_hopeless(child))
            return;
        if (child->where && strncmp(child->where, "http", 4) == 0)
            text_printf(&where, "%s%s=%s", where.length ? " " : "", child->name, child->where);
    }
    if (household->metrics)
        text_printf(&where, " metrics=http://%s", up_metrics_address(household->metrics));
    role_ready("up", where.at);
    household->announced = true;
}

/* Each reloads its schemas; one that is starting does so once it has started. */
static void pass_hangup_on(const struct household *household)
{
    for (size_t i = 0; i < household->count; i++)
        child_hang_up(&household->children[i]);
}

static enum err tend(struct household *household, struct error *error)
{
    struct child *children = household->children;
    child_wait(children, household->count, TEND_EVERY_MS);
    if (hangup_take())
        pass_hangup_on(household);
    for (size_t i = 0; i < household->count; i++) {
        child_tend(&children[i]);
        if (children[i].vital && child_is_hopeless(&children[i]))
            return error_set(error, children[i].error.code, "%s: %s", children[i].name,
                             children[i].error.text);
    }
    if (!household->announced)
        announce(household);
    return OK;
}

/* All are asked to stop at the same time; each finishes the requests that it has accepted. */
static void stop_all(struct household *household)
{
    log_info("stopping");
    for (size_t i = 0; i < household->count; i++)
        child_stop(&household->children[i]);
    for (size_t i = 0; i < household->count; i++)
        child_join(&household->children[i], STOP_WAIT_MS);
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(household) struct household household = {0};
    struct bus_url bus;
    enum err err = role_begin("up", options, error);
    if (!err)
        err = bus_url_read(options->value[OPTION_BUS], &bus, error);
    if (!err)
        err = list_children(options, &household, error);
    if (!err)
        err = up_metrics_open(options->value[OPTION_METRICS_LISTEN], options->value[OPTION_DATA],
                              household.sockets, &household.metrics, error);
    if (err)
        return err;
    options_export(options);
    while (!err && !stop_is_requested())
        err = tend(&household, error);
    stop_all(&household);
    return err;
}

static const enum option options[] = {OPTION_DATA,
                                      OPTION_LOG,
                                      OPTION_COMMANDS_LISTEN,
                                      OPTION_QUERIES_LISTEN,
                                      OPTION_HOSTS,
                                      OPTION_METRICS_LISTEN,
                                      OPTION_BUS,
                                      OPTION_MODELS,
                                      OPTION_SCHEMAS,
                                      OPTION_DOMAIN,
                                      OPTION_SNAPSHOT_EVERY,
                                      OPTION_KEY_LIFETIME,
                                      OPTION_BODY_LIMIT,
                                      OPTION_BODY_VALUES,
                                      OPTION_BODY_RATE,
                                      OPTION_BODIES_MEMORY,
                                      OPTION_ANSWERS_MEMORY,
                                      OPTION_LIVE_ANSWER_LIMIT,
                                      OPTION_CONNECTIONS,
                                      OPTION_CONNECTIONS_PER_ADDRESS,
                                      OPTION_IDLE_TIMEOUT,
                                      OPTION_QUERY_TIMEOUT,
                                      OPTION_LIVE_LISTENERS,
                                      OPTION_FEED_LISTENERS,
                                      OPTION_OF_DOMAIN,
                                      OPTION_KEEP_ENDED,
                                      OPTION_SAGAS,
                                      OPTION_LOG_LEVEL,
                                      OPTION_HELP,
                                      OPTION_COUNT};

const struct subcommand subcommand_up = {
    .name = "up",
    .arguments = "",
    .summary = "run every role on this machine, each in its own process",
    .more =
        "Starts `commands`, `queries`, a `projector` for each read model and, with --sagas,\n"
        "`saga`. Restarts a process that ends, after a growing delay, and stops all of them on\n"
        "SIGTERM or Ctrl-C. On SIGHUP all of them reload their schemas. Prints `ready up` when\n"
        "all are ready. Ends with the reason if `commands`, `queries` or `saga` cannot start,\n"
        "or ends with an error that a restart does not repair. With --metrics-listen one\n"
        "address serves the metrics of all roles, each sample with the label `role`.",
    .is_role = true,
    .options = options,
    .run = run,
};
