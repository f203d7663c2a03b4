/* annal saga: runs the sagas. */
#include "sagas/saga_control.h"
#include "sagas/saga_runner.h"

#include "base/log.h"
#include "base/program.h"
#include "base/stop.h"
#include "cli/known_log.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "http/listen.h"

#include <stdio.h>

/* A command that is still in flight must find its key: a quarter of the keys' lifetime is reserved. */
#define KEY_MARGIN 4

static enum err read_beginning(const struct options *options, struct saga_runner_options *runner,
                               struct error *error)
{
    const char *from = options->value[OPTION_FROM];
    runner->from_given = from[0] != '\0';
    runner->from = -1;
    if (!from[0] || strcmp(from, "head") == 0)
        return OK;
    return option_read_int(options, OPTION_FROM, 0, INT64_MAX, &runner->from, error);
}

static enum err read_options(const struct options *options, struct saga_runner_options *runner,
                             struct error *error)
{
    int64_t key_us = option_int(options, OPTION_KEY_LIFETIME) * 3600 * 1000000;
    runner->key_lifetime_us = key_us / KEY_MARGIN * (KEY_MARGIN - 1);
    runner->in_flight = (size_t)option_int(options, OPTION_IN_FLIGHT);
    runner->keep_ended_us = option_int(options, OPTION_KEEP_ENDED) * 86400 * 1000000;
    return read_beginning(options, runner, error);
}

/* With port 0 only `annal commands` knows where it listens; its control socket reports the address. Waits
 * until that answers or a stop is requested. */
static enum err find_endpoint(const struct options *options, struct text *url, struct error *error)
{
    const char *listen = options->value[OPTION_COMMANDS_LISTEN];
    size_t length = strlen(listen);
    bool is_known = length < 2 || strcmp(listen + length - 2, ":0") != 0;
    if (is_known || option_flag(options, OPTION_TO))
        return option_endpoint(options, url, error);
    for (bool waits = false;; waits = true) {
        AUTO(json) json_t *status = NULL;
        enum err err = control_call(options->value[OPTION_DATA], "commands", "GET", "/status", NULL,
                                    1000, &status, error);
        if (!err)
            listen_write_url(json_string_or(status, "address", ""), url);
        if (!err || error_class(err) != ERROR_CLASS_RETRY)
            return err;
        if (!waits)
            log_info(
                "waiting for `%s commands`, which knows the address of the command endpoint: %s",
                program_name(), error->text);
        if (stop_wait_ms(100))
            return error_set(error, ERR_INTERRUPTED, "stopped");
    }
}

static enum err run_until_stopped(const struct options *options, struct saga_runner *runner,
                                  const char *url, struct error *error)
{
    AUTO(control) struct control *control = NULL;
    enum err err = control_open(
        &(struct control_options){.data_directory = options->value[OPTION_DATA],
                                  .role = SAGA_ROLE,
                                  .routes = saga_control_routes,
                                  .ready = saga_control_ready,
                                  .context = runner,
                                  .metrics_listen = options->value[OPTION_METRICS_LISTEN]},
        &control, error);
    if (err)
        return err;
    AUTO(text) struct text where = {0};
    text_printf(&where, "sends to %s", url);
    role_ready("saga", where.at);
    err = saga_runner_run(runner, error);
    log_info("stopping");
    return err;
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL; /* outlives the runner */
    AUTO(saga_runner) struct saga_runner *runner = NULL;
    AUTO(reread) struct reread *reread = NULL;
    AUTO(json) json_t *settings = options_of_domain(options);
    AUTO(text) struct text url = {0};
    struct bus_url bus;
    struct saga_runner_options given = {.data_directory = options->value[OPTION_DATA],
                                        .log_url = option_log_url(options),
                                        .bus = &bus,
                                        .kinds = options->domain.sagas};
    if (!options->domain.sagas[0])
        return error_set(error, ERR_USAGE, "the domain has no saga");
    enum err err = role_begin("saga", options, error);
    if (!err)
        err = bus_url_read(options->value[OPTION_BUS], &bus, error);
    if (!err)
        err = read_options(options, &given, error);
    if (!err)
        err = find_endpoint(options, &url, error);
    if (!err)
        err = role_open_catalogue(options, &catalogue, error);
    if (!err) /* the log may be restored meanwhile: ERR_IO is retried */
        err = known_log_check_beginning(option_log_url(options), options->value[OPTION_DATA],
                                        ERR_IO, error);
    given.settings = settings;
    given.commands_url = url.at;
    given.upcasters = catalogue ? catalogue_upcasters(catalogue) : NULL;
    if (!err)
        err = saga_runner_open(&given, &runner, error);
    if (err == ERR_INTERRUPTED) /* a stop before it is ready is no failure */
        return OK;
    if (err)
        return err;
    reread = role_reread(options, catalogue);
    return run_until_stopped(options, runner, url.at, error);
}

static void print_sagas(const struct domain *domain)
{
    printf("Sagas:\n");
    for (const struct saga_kind *const *kind = domain->sagas; *kind; kind++)
        printf("  %s, version %d: %s\n", (*kind)->name, (*kind)->version, (*kind)->summary);
    printf("\n");
}

static const enum option options[] = {OPTION_DATA,         OPTION_LOG,
                                      OPTION_BUS,          OPTION_SCHEMAS,
                                      OPTION_DOMAIN,       OPTION_COMMANDS_LISTEN,
                                      OPTION_TO,           OPTION_FROM,
                                      OPTION_IN_FLIGHT,    OPTION_OF_DOMAIN,
                                      OPTION_KEY_LIFETIME, OPTION_KEEP_ENDED,
                                      OPTION_LOG_LEVEL,    OPTION_METRICS_LISTEN,
                                      OPTION_HELP,         OPTION_COUNT};

const struct subcommand subcommand_saga = {
    .name = "saga",
    .arguments = "",
    .summary = "run the sagas (process managers)",
    .more = "Follows the events, sends commands to the command endpoint, and compensates for\n"
            "steps that fail. Its first start begins at the head of the log, or after --from\n"
            "POSITION. Its state is DATA/sagas.db; if that file was lost, it does not start\n"
            "without --from. `annal sagas` lists the sagas and resumes or abandons stuck ones.",
    .print_table = print_sagas,
    .is_role = true,
    .options = options,
    .run = run,
};
