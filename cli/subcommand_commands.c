/* annal commands: the command endpoint, the only writer of the log, and the relays to RabbitMQ. */
#include "api/command_endpoint.h"
#include "base/log.h"
#include "bus/relays.h"
#include "cli/known_log.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "event_store/log_verifier.h"
#include "http/control.h"
#include "sagas/saga_append.h"

#define FAILURE_CHECK_MS 200

/* The parts of the running role, for the control socket. */
struct parts {
    struct command_desk *desk;
    const struct catalogue *catalogue;
    struct relays *relays;
    struct reread *reread;
    const char *address;
};

/* The relays and the desk call each other: the relays stop first. */
struct publishing {
    struct command_desk *desk;
    struct relays *relays;
};

static void save_cursor(void *desk, const char *name, const struct checkpoint *at)
{
    command_desk_save_cursor(desk, name, at);
}

static void publishing_start(struct publishing *publishing, const struct options *options,
                             const struct bus_url *bus, struct command_desk *desk,
                             struct log_damage *damage)
{
    publishing->desk = desk;
    relays_start(&(struct relays_options){.log_url = option_log_url(options),
                                          .url = bus,
                                          .damage = damage,
                                          .save = save_cursor,
                                          .context = desk},
                 &publishing->relays);
    command_desk_on_append(desk, relays_wake, publishing->relays);
}

static void publishing_stop(struct publishing *publishing)
{
    if (publishing->desk)
        command_desk_forget(publishing->desk, publishing->relays);
    relays_stop(publishing->relays);
}
AUTO_FINISH(publishing, struct publishing, publishing_stop)

static json_t *describe_relay(const struct relay_status *status)
{
    return json_pack("{s:s, s:b, s:I, s:s}", "name", status->name, "connected", status->connected,
                     "position", (json_int_t)status->position, "trouble", status->trouble);
}

/* GET /status: for `annal status`. */
static enum err tell_status(void *context, const json_t *body, json_t **ret_answer,
                            struct error *error)
{
    (void)body, (void)error;
    const struct parts *parts = context;
    struct error why = {0};
    bool ready = command_desk_ready(parts->desk, &why) == OK;
    struct relay_status status[2];
    int count = relays_status(parts->relays, status);
    json_t *relays = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(relays, describe_relay(&status[i]));
    *ret_answer =
        json_pack("{s:s, s:s?, s:I, s:I, s:o, s:o}", "address", parts->address, "not_ready",
                  ready ? NULL : why.text, "head", (json_int_t)command_desk_head(parts->desk),
                  "waiting", (json_int_t)command_desk_waiting(parts->desk), "relays", relays,
                  "schemas_refused", reread_trouble(parts->reread));
    return OK;
}

static enum err tell_readiness(void *context, const json_t *body, json_t **ret_answer,
                               struct error *error)
{
    const struct parts *parts = context;
    struct error why = {0};
    if (command_desk_ready(parts->desk, &why) != OK)
        return error_set(error, ERR_NOT_READY, "%s", why.text);
    return tell_status(context, body, ret_answer, error);
}

static enum err append_saga_events(void *context, const json_t *body, json_t **ret_answer,
                                   struct error *error)
{
    const struct parts *parts = context;
    return saga_append(parts->desk, parts->catalogue, body, ret_answer, error);
}

static const struct control_route routes[] = {
    {.method = "GET", .path = "/status", .action = tell_status},
    {.method = "POST", .path = "/saga-events", .action = append_saga_events},
    {0}};

static enum err open_desk(const struct options *options, const struct catalogue *catalogue,
                          struct log_damage *damage, struct command_desk **ret_desk,
                          struct error *error)
{
    return command_desk_open(
        &(struct command_desk_options){.log_url = option_log_url(options),
                                       .catalogue = catalogue,
                                       .damage = damage,
                                       .snapshot_every = option_int(options, OPTION_SNAPSHOT_EVERY),
                                       .key_lifetime_us = option_int(options, OPTION_KEY_LIFETIME) *
                                                          3600 * 1000000},
        ret_desk, error);
}

static enum err open_endpoint(const struct options *options, const struct catalogue *catalogue,
                              struct command_desk *desk, struct command_endpoint **ret_endpoint,
                              struct error *error)
{
    AUTO(consumers) struct consumers consumers = {0};
    bool known = role_consumers(options, catalogue, &consumers);
    struct command_endpoint_options endpoint = {
        .listen = options->value[OPTION_COMMANDS_LISTEN],
        .queries_address = role_other_address(options, OPTION_QUERIES_LISTEN),
        .hosts = options->value[OPTION_HOSTS],
        .log_url = option_log_url(options),
        .desk = desk,
        .aggregates = options->domain.aggregates,
        .catalogue = catalogue,
        .take_consumers = known ? &consumers : NULL,
        .feed_listeners = (unsigned)option_int(options, OPTION_FEED_LISTENERS),
    };
    enum err err = role_http_limits(options, 0, &endpoint.limits, error);
    return err ? err : command_endpoint_open(&endpoint, ret_endpoint, error);
}

/* What a schema reload updates. */
struct reader {
    const struct options *options;
    struct command_endpoint *endpoint;
};

static void take_schemas(void *context, const struct catalogue *next)
{
    const struct reader *reader = context;
    struct consumers consumers = {0};
    bool known = role_consumers(reader->options, next, &consumers);
    command_endpoint_renew(reader->endpoint, next, known ? &consumers : NULL);
}

static void keep_schemas(void *context)
{
    command_endpoint_keep(((const struct reader *)context)->endpoint);
}

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

static enum err run(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(log_damage) struct log_damage damage; /* outlives the threads that report */
    struct bus_url bus;
    AUTO(command_desk) struct command_desk *desk = NULL;
    AUTO(publishing) struct publishing publishing = {0};
    AUTO(log_verifier) struct log_verifier *verifier = NULL;
    AUTO(command_endpoint) struct command_endpoint *endpoint = NULL;
    struct reader reader = {.options = options};
    AUTO(reread) struct reread *reread = NULL;
    AUTO(control) struct control *control = NULL;

    log_damage_init(&damage);
    enum err err = role_begin("commands", options, error);
    if (!err)
        role_warn_of_others(options);
    if (!err)
        err = bus_url_read(options->value[OPTION_BUS], &bus, error);
    if (!err)
        err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = known_log_check_beginning(option_log_url(options), options->value[OPTION_DATA],
                                        ERR_OTHER_LOG, error);
    if (!err)
        err = open_desk(options, catalogue, &damage, &desk, error);
    if (err)
        return err;
    publishing_start(&publishing, options, &bus, desk, &damage);
    log_verifier_start(
        &(struct log_verifier_options){.log_url = option_log_url(options), .damage = &damage},
        &verifier);
    err = open_endpoint(options, catalogue, desk, &endpoint, error);
    if (err)
        return err;
    reader.endpoint = endpoint;
    reread =
        reread_start(&(struct reread_options){.files = &options->domain.schemas,
                                              .directory = option_or_null(options, OPTION_SCHEMAS),
                                              .catalogue = catalogue,
                                              .taken = take_schemas,
                                              .refused = keep_schemas,
                                              .context = &reader});
    struct parts parts = {desk, catalogue, publishing.relays, reread,
                          command_endpoint_address(endpoint)};
    err = control_open(
        &(struct control_options){.data_directory = options->value[OPTION_DATA],
                                  .role = "commands",
                                  .routes = routes,
                                  .ready = tell_readiness,
                                  .context = &parts,
                                  .metrics_listen = options->value[OPTION_METRICS_LISTEN]},
        &control, error);
    if (err)
        return err;
    AUTO(text) struct text where = {0};
    text_printf(&where, "http://%s", parts.address);
    role_ready("commands", where.at);
    return wait_for_stop(desk, error);
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
