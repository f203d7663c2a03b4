/* annal queries: the query endpoint over the read models. It writes nothing. */
#include "api/query_endpoint.h"
#include "base/log.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "http/control.h"
#include "http/listen.h"

#include <unistd.h>

static enum err report_readiness(void *context, const json_t *body, json_t **ret_answer,
                                 struct error *error)
{
    (void)body;
    struct read_side *side = context;
    const struct models *models = read_side_models(side);
    json_t *positions = json_object();
    for (size_t i = 0; i < models_count(models); i++) {
        int64_t position;
        enum err err = read_side_position(side, models_at(models, i), &position, error);
        if (err) {
            json_decref(positions);
            return err;
        }
        json_object_set_new(positions, model_name(models_at(models, i)), json_integer(position));
    }
    *ret_answer = json_pack("{s:o}", "models", positions);
    return OK;
}

static enum err open_side(const struct options *options, const struct models *models,
                          struct read_side **ret_side, struct error *error)
{
    return read_side_open(&(struct read_side_options){.data_directory = options->value[OPTION_DATA],
                                                      .models = models,
                                                      .query_time_limit_ms = option_int(
                                                          options, OPTION_QUERY_TIMEOUT)},
                          ret_side, error);
}

static enum err open_endpoint(const struct options *options, struct read_side *side,
                              struct query_endpoint **ret_endpoint, struct error *error)
{
    struct query_endpoint_options endpoint = {
        .listen = options->value[OPTION_QUERIES_LISTEN],
        .commands_address = role_other_address(options, OPTION_COMMANDS_LISTEN),
        .hosts = options->value[OPTION_HOSTS],
        .side = side,
        .live_listeners = (unsigned)option_int(options, OPTION_LIVE_LISTENERS)};
    enum err err =
        role_http_limits(options, models_count(read_side_models(side)), &endpoint.limits, error);
    endpoint.limits.live_answer_bytes = (size_t)option_int(options, OPTION_LIVE_ANSWER_LIMIT);
    return err ? err : query_endpoint_open(&endpoint, ret_endpoint, error);
}

/* The first such process has DATA/run/queries.sock; any other has its process id in the name. */
static enum err open_control(const struct options *options, struct read_side *side,
                             struct text *role, struct control **ret_control, struct error *error)
{
    struct control_options control = {.data_directory = options->value[OPTION_DATA],
                                      .role = "queries",
                                      .ready = report_readiness,
                                      .context = side,
                                      .metrics_listen = options->value[OPTION_METRICS_LISTEN]};
    enum err err = control_open(&control, ret_control, error);
    if (err != ERR_LOCKED)
        return err;
    text_printf(role, "queries-%d", (int)getpid());
    control.role = role->at;
    return control_open(&control, ret_control, error);
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    AUTO(read_side) struct read_side *side = NULL;
    AUTO(query_endpoint) struct query_endpoint *endpoint = NULL;
    AUTO(text) struct text role = {0}; /* of the control socket; borrowed while that is open */
    AUTO(control) struct control *control = NULL;
    AUTO(reread) struct reread *reread = NULL;

    enum err err = role_begin("queries", options, error);
    if (!err)
        err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    if (!err)
        err = open_side(options, models, &side, error);
    if (!err)
        err = open_endpoint(options, side, &endpoint, error);
    if (!err)
        err = open_control(options, side, &role, &control, error);
    if (err)
        return err;
    reread = role_reread(options, catalogue);
    AUTO(text) struct text where = {0};
    listen_write_url(query_endpoint_address(endpoint), &where);
    role_ready("queries", where.at);
    while (!role_wait_ms(10000))
        ;
    log_info("stopping");
    return OK;
}

static const enum option options[] = {OPTION_DATA,
                                      OPTION_QUERIES_LISTEN,
                                      OPTION_COMMANDS_LISTEN,
                                      OPTION_HOSTS,
                                      OPTION_MODELS,
                                      OPTION_SCHEMAS,
                                      OPTION_DOMAIN,
                                      OPTION_QUERY_TIMEOUT,
                                      OPTION_METRICS_LISTEN,
                                      OPTION_CONNECTIONS,
                                      OPTION_CONNECTIONS_PER_ADDRESS,
                                      OPTION_LIVE_LISTENERS,
                                      OPTION_IDLE_TIMEOUT,
                                      OPTION_BODY_LIMIT,
                                      OPTION_BODY_VALUES,
                                      OPTION_BODY_RATE,
                                      OPTION_BODIES_MEMORY,
                                      OPTION_ANSWERS_MEMORY,
                                      OPTION_LIVE_ANSWER_LIMIT,
                                      OPTION_LOG_LEVEL,
                                      OPTION_HELP,
                                      OPTION_COUNT};

const struct subcommand subcommand_queries = {
    .name = "queries",
    .arguments = "",
    .summary = "answer queries over HTTP from the read models",
    .more =
        "Serves the query endpoint. Any number of these processes can run; they write nothing.\n"
        "They need no restart when a read model changes: until the cutover they serve the old\n"
        "generation, then the new one, with the definition that its file contains.",
    .is_role = true,
    .options = options,
    .run = run,
};
