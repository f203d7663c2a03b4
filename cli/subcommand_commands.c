/* annal commands: the command endpoint, the only writer of the log, and the relays to RabbitMQ. */
#include "api/command_endpoint.h"
#include "base/log.h"
#include "base/program.h"
#include "bus/relays.h"
#include "cli/known_log.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "event_store/log_verifier.h"
#include "http/control.h"
#include "http/listen.h"
#include "sagas/saga_append.h"

#define FAILURE_CHECK_MS 200

/* The running role. Its parts are opened in this order and closed in the reverse one. */
struct command_role {
    const struct options *options;
    struct catalogue *catalogue;
    struct log_damage damage; /* outlives the threads that report it */
    struct command_desk *desk;
    struct relays *relays;
    struct log_verifier *verifier;
    struct command_endpoint *endpoint;
    struct reread *reread;
    struct control *control;
};

/* The relays and the desk call each other: the relays stop first. */
static void command_role_finish(struct command_role *role)
{
    control_close(role->control);
    reread_stop(role->reread);
    command_endpoint_close(role->endpoint);
    log_verifier_stop(role->verifier);
    if (role->relays)
        command_desk_forget(role->desk, role->relays);
    relays_stop(role->relays);
    command_desk_close(role->desk);
    log_damage_finish(&role->damage);
    catalogue_close(role->catalogue);
}
AUTO_FINISH(command_role, struct command_role, command_role_finish)

/* ---- the control socket ---- */

static json_t *describe_relay(const struct relay_status *status)
{
    return json_pack("{s:s, s:b, s:I, s:s}", "name", status->name, "connected", status->connected,
                     "position", (json_int_t)status->position, "trouble", status->trouble);
}

/* GET /status: for `annal status`. */
static enum err report_status(void *context, const json_t *body, json_t **ret_answer,
                              struct error *error)
{
    (void)body, (void)error;
    const struct command_role *role = context;
    struct error why = {0};
    bool ready = command_desk_ready(role->desk, &why) == OK;
    struct relay_status status[2];
    int count = relays_status(role->relays, status);
    json_t *relays = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(relays, describe_relay(&status[i]));
    *ret_answer = json_pack(
        "{s:s, s:s?, s:I, s:I, s:o, s:o}", "address", command_endpoint_address(role->endpoint),
        "not_ready", ready ? NULL : why.text, "head", (json_int_t)command_desk_head(role->desk),
        "waiting", (json_int_t)command_desk_waiting(role->desk), "relays", relays,
        "schemas_rejected", reread_trouble(role->reread));
    return OK;
}

/* --metrics-listen serves it too, so it names no file; report_status() does. */
static enum err report_readiness(void *context, const json_t *body, json_t **ret_answer,
                                 struct error *error)
{
    const struct command_role *role = context;
    enum err err = command_desk_ready(role->desk, NULL);
    if (err)
        return error_set(error, ERR_NOT_READY, "%s; `%s status` states the cause", error_title(err),
                         program_name());
    return report_status(context, body, ret_answer, error);
}

static enum err append_saga_events(void *context, const json_t *body, json_t **ret_answer,
                                   struct error *error)
{
    const struct command_role *role = context;
    return saga_append(role->desk, role->catalogue, body, ret_answer, error);
}

static const struct control_route routes[] = {
    {.method = "GET", .path = "/status", .action = report_status},
    {.method = "POST", .path = "/saga-events", .action = append_saga_events},
    {0}};

static enum err open_control(struct command_role *role, struct error *error)
{
    return control_open(
        &(struct control_options){.data_directory = role->options->value[OPTION_DATA],
                                  .role = "commands",
                                  .routes = routes,
                                  .ready = report_readiness,
                                  .context = role,
                                  .metrics_listen = role->options->value[OPTION_METRICS_LISTEN]},
        &role->control, error);
}

/* ---- the log and its readers ---- */

/* From here on this process is the only writer of the log. */
static enum err open_log(struct command_role *role, struct error *error)
{
    const struct options *options = role->options;
    enum err err = known_log_check_beginning(option_log_url(options), options->value[OPTION_DATA],
                                             ERR_OTHER_LOG, error);
    if (err)
        return err;
    return command_desk_open(
        &(struct command_desk_options){.log_url = option_log_url(options),
                                       .catalogue = role->catalogue,
                                       .damage = &role->damage,
                                       .snapshot_every = option_int(options, OPTION_SNAPSHOT_EVERY),
                                       .key_lifetime_us = option_int(options, OPTION_KEY_LIFETIME) *
                                                          3600 * 1000000},
        &role->desk, error);
}

static void save_cursor(void *desk, const char *name, const struct checkpoint *at)
{
    command_desk_save_cursor(desk, name, at);
}

static void start_publishing(struct command_role *role, const struct bus_url *bus)
{
    relays_start(&(struct relay_options){.log_url = option_log_url(role->options),
                                         .url = bus,
                                         .damage = &role->damage,
                                         .save = save_cursor,
                                         .context = role->desk},
                 &role->relays);
    command_desk_on_append(role->desk, relays_wake, role->relays);
}

static void start_verifying(struct command_role *role)
{
    log_verifier_start(&(struct log_verifier_options){.log_url = option_log_url(role->options),
                                                      .damage = &role->damage},
                       &role->verifier);
}

/* ---- the endpoint and its schemas ---- */

static enum err open_endpoint(struct command_role *role, struct error *error)
{
    const struct options *options = role->options;
    AUTO(consumers) struct consumers consumers = {0};
    bool known = role_consumers(options, role->catalogue, &consumers);
    struct command_endpoint_options endpoint = {
        .listen = options->value[OPTION_COMMANDS_LISTEN],
        .queries_address = role_other_address(options, OPTION_QUERIES_LISTEN),
        .hosts = options->value[OPTION_HOSTS],
        .log_url = option_log_url(options),
        .desk = role->desk,
        .aggregates = options->domain.aggregates,
        .catalogue = role->catalogue,
        .take_consumers = known ? &consumers : NULL,
        .feed_listeners = (unsigned)option_int(options, OPTION_FEED_LISTENERS),
    };
    enum err err = role_http_limits(options, 0, &endpoint.limits, error);
    return err ? err : command_endpoint_open(&endpoint, &role->endpoint, error);
}

static void take_schemas(void *context, const struct catalogue *next)
{
    const struct command_role *role = context;
    struct consumers consumers = {0};
    bool known = role_consumers(role->options, next, &consumers);
    command_endpoint_renew(role->endpoint, next, known ? &consumers : NULL);
}

static void keep_schemas(void *context)
{
    command_endpoint_keep(((const struct command_role *)context)->endpoint);
}

static void start_reread(struct command_role *role)
{
    role->reread = reread_start(
        &(struct reread_options){.files = &role->options->domain.schemas,
                                 .directory = option_or_null(role->options, OPTION_SCHEMAS),
                                 .catalogue = role->catalogue,
                                 .accepted = take_schemas,
                                 .rejected = keep_schemas,
                                 .context = role});
}

/* ---- the run ---- */

static enum err wait_for_stop(const struct command_desk *desk, struct error *error)
{
    while (!role_wait_ms(FAILURE_CHECK_MS)) {
        enum err err = command_desk_damage(desk, error);
        if (err)
            return error_add_context(error, err, "%s", log_damage_advice(err));
        if (command_desk_failed(desk))
            return error_set(error, ERR_OUTCOME_UNKNOWN,
                             "a COMMIT failed and its outcome is not known; start again");
    }
    log_info("stopping");
    return OK;
}

static void announce(const struct command_role *role)
{
    AUTO(text) struct text where = {0};
    listen_write_url(command_endpoint_address(role->endpoint), &where);
    role_ready("commands", where.at);
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(command_role) struct command_role role = {.options = options};
    struct bus_url bus;

    log_damage_init(&role.damage);
    enum err err = role_begin("commands", options, error);
    if (!err)
        role_warn_of_others(options);
    if (!err)
        err = bus_url_read(options->value[OPTION_BUS], &bus, error);
    if (!err)
        err = role_open_catalogue(options, &role.catalogue, error);
    if (!err)
        err = open_log(&role, error);
    if (err)
        return err;
    start_publishing(&role, &bus);
    start_verifying(&role);
    err = open_endpoint(&role, error);
    if (err)
        return err;
    start_reread(&role);
    err = open_control(&role, error);
    if (err)
        return err;
    announce(&role);
    return wait_for_stop(role.desk, error);
}

static const enum option options[] = {OPTION_DATA,
                                      OPTION_LOG,
                                      OPTION_COMMANDS_LISTEN,
                                      OPTION_QUERIES_LISTEN,
                                      OPTION_HOSTS,
                                      OPTION_BUS,
                                      OPTION_SCHEMAS,
                                      OPTION_DOMAIN,
                                      OPTION_MODELS,
                                      OPTION_METRICS_LISTEN,
                                      OPTION_SNAPSHOT_EVERY,
                                      OPTION_KEY_LIFETIME,
                                      OPTION_BODY_LIMIT,
                                      OPTION_BODY_VALUES,
                                      OPTION_BODY_RATE,
                                      OPTION_BODIES_MEMORY,
                                      OPTION_ANSWERS_MEMORY,
                                      OPTION_CONNECTIONS,
                                      OPTION_CONNECTIONS_PER_ADDRESS,
                                      OPTION_IDLE_TIMEOUT,
                                      OPTION_FEED_LISTENERS,
                                      OPTION_LOG_LEVEL,
                                      OPTION_HELP,
                                      OPTION_COUNT};

const struct subcommand subcommand_commands = {
    .name = "commands",
    .arguments = "",
    .summary = "accept commands over HTTP, write the log and publish the events",
    .more =
        "Serves the command endpoint. It is the only process that writes the log: a second one\n"
        "on the same data does not start. Commands succeed while RabbitMQ is unreachable.",
    .is_role = true,
    .options = options,
    .run = run,
};
