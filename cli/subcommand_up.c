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
#include "cli/role.h"
#include "cli/subcommand.h"
#include "cli/up.h"
#include "http/listen.h"
#include "http/web_guard.h"
#include "projectors/projector.h"

#include <stdio.h>

#define CHILDREN_MOST CHILD_WAIT_MOST
#define STOP_WAIT_MS  20000
#define TEND_EVERY_MS 1000

struct supervisor {
    struct child children[CHILDREN_MOST];
    const char
        *sockets[CHILDREN_MOST + 1]; /* the role in the name of each child's control socket */
    size_t count;
    struct up_metrics *metrics; /* NULL without --metrics-listen */
    bool announced;
};

static void close_supervisor(struct supervisor *supervisor)
{
    up_metrics_close(supervisor->metrics);
    for (size_t i = 0; i < supervisor->count; i++) {
        child_finish(&supervisor->children[i]);
        free((char *)supervisor->sockets[i]);
    }
}
AUTO_FINISH(supervisor, struct supervisor, close_supervisor)

/* A projector is not vital: it is restarted until an operator has repaired its read model, and the other
 * roles continue. */
static void add_child(struct supervisor *supervisor, const char *name, const char *role,
                      const char *argument)
{
    REQUIRE(supervisor->count < CHILDREN_MOST);
    AUTO(text) struct text socket = {0};
    struct child *child = &supervisor->children[supervisor->count];
    if (argument)
        projector_role(argument, &socket);
    else
        text_add(&socket, role);
    supervisor->sockets[supervisor->count++] = text_take(&socket);
    child_init(child, name, role, argument);
    child->vital = strcmp(role, "projector") != 0;
}

static enum err list_children(const struct options *options, struct supervisor *supervisor,
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
    add_child(supervisor, "commands", "commands", NULL);
    for (size_t i = 0; i < models_count(models); i++)
        add_child(supervisor, model_name(models_at(models, i)), "projector",
                  model_name(models_at(models, i)));
    if (options->domain.sagas[0] && option_flag(options, OPTION_SAGAS)) {
        add_child(supervisor, "saga", "saga", NULL); /* it needs the command endpoint */
        supervisor->children[supervisor->count - 1].after = &supervisor->children[0];
    }
    add_child(supervisor, "queries", "queries", NULL);
    return OK;
}

/* Prints `ready up` once each child is ready; does not wait for a hopeless projector. */
static void announce(struct supervisor *supervisor)
{
    AUTO(text) struct text where = {0};
    for (size_t i = 0; i < supervisor->count; i++) {
        const struct child *child = &supervisor->children[i];
        if (!child->where && !child_is_hopeless(child))
            return;
        if (child->where && strncmp(child->where, "http", 4) == 0)
            text_printf(&where, "%s%s=%s", where.length ? " " : "", child->name, child->where);
    }
    if (supervisor->metrics) {
        text_add(&where, " metrics=");
        listen_write_url(up_metrics_address(supervisor->metrics), &where);
    }
    role_ready("up", where.at);
    supervisor->announced = true;
}

/* Each role reloads its schemas; a role that is starting does so once it has started. */
static void pass_hangup_on(const struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->count; i++)
        child_hang_up(&supervisor->children[i]);
}

static enum err tend(struct supervisor *supervisor, struct error *error)
{
    struct child *children = supervisor->children;
    child_wait(children, supervisor->count, TEND_EVERY_MS);
    if (hangup_take())
        pass_hangup_on(supervisor);
    for (size_t i = 0; i < supervisor->count; i++) {
        child_tend(&children[i]);
        if (children[i].vital && child_is_hopeless(&children[i]))
            return error_set(error, children[i].error.code, "%s: %s", children[i].name,
                             children[i].error.text);
    }
    if (!supervisor->announced)
        announce(supervisor);
    return OK;
}

/* Asks all to stop at the same time; each finishes the requests that it has accepted. */
static void stop_all(struct supervisor *supervisor)
{
    log_info("stopping");
    for (size_t i = 0; i < supervisor->count; i++)
        child_stop(&supervisor->children[i]);
    for (size_t i = 0; i < supervisor->count; i++)
        child_join(&supervisor->children[i], STOP_WAIT_MS);
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(supervisor) struct supervisor supervisor = {0};
    struct bus_url bus;
    enum err err = role_begin("up", options, error);
    if (!err)
        err = bus_url_read(options->value[OPTION_BUS], &bus, error);
    if (!err)
        err = web_guard_check_names(options->value[OPTION_HOSTS], error);
    if (!err)
        err = list_children(options, &supervisor, error);
    if (!err)
        err = up_metrics_open(options->value[OPTION_METRICS_LISTEN], options->value[OPTION_DATA],
                              supervisor.sockets, &supervisor.metrics, error);
    if (err)
        return err;
    options_export(options);
    while (!err && !stop_is_requested())
        err = tend(&supervisor, error);
    stop_all(&supervisor);
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
