/* annal status: the log's head, each read model's position, lag and worker, the sagas, the relays
 * and the broker.
 *
 * It is one JSON document first, from which the table for people is printed, so that both say the
 * same. It reads the files itself; it asks the workers about themselves and `annal commands` about
 * the relays.
 */
#include "base/json.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "cli/table.h"
#include "projectors/projector_ask.h"
#include "read_model/read_side.h"
#include "sagas/saga_report.h"
#include "telemetry/control.h"
#include "write_model/event_log.h"

#include <stdio.h>

#define CALL_TIMEOUT_MS 3000

/* Where the runner of sagas may get no further: what it says of itself, and what that means. */
static const struct {
    const char *member, *trouble;
} ways[] = {
    {"endpointUnreachable", "their commands wait: the command endpoint cannot be reached"},
    {"controlUnreachable",
     "their events wait: the control socket of annal commands cannot be reached"},
};

static enum err add_head(const char *data, json_t *status, struct error *error)
{
    AUTO(event_log) struct event_log *log = NULL;
    struct checkpoint head = {0};
    enum err err = event_log_open_reader(data, &log, error);
    if (!err)
        err = event_log_head(log, &head, NULL, error);
    if (err)
        return err;
    AUTO(text) struct text hash = {0};
    text_add_hex(&hash, head.hash, EVENT_HASH_BYTES);
    json_object_set_new(status, "log", json_string(event_log_id(log)));
    json_object_set_new(status, "head", json_integer(head.position));
    json_object_set_new(status, "hash", json_string(hash.at));
    return OK;
}

/* What to say of a process that gave no answer. */
static const char *silence(enum err err)
{
    return err == ERR_NOT_RUNNING ? "none" : "unknown: it cannot be asked";
}

/* Generation and parked streams are the worker's to tell; without one they are null. */
static json_t *describe_model(const char *data, const char *name, int64_t position, int64_t head)
{
    struct error error = {0};
    AUTO(text) struct text role = {0};
    AUTO(json) json_t *worker = NULL;
    projector_ask_role(name, &role);
    enum err err =
        control_call(data, role.at, "GET", "/status", NULL, CALL_TIMEOUT_MS, &worker, &error);
    return json_pack("{s:s, s:I, s:I, s:O?, s:O?, s:s}", "name", name, "position",
                     (json_int_t)position, "lag", (json_int_t)(head - position), "generation",
                     json_object_get(worker, "generation"), "parked",
                     json_object_get(worker, "parked"), "worker",
                     err ? silence(err) : json_string_or(worker, "phase", ""));
}

static enum err add_models(const char *data, const struct models *models, int64_t head,
                           json_t *status, struct error *error)
{
    AUTO(read_side) struct read_side *side = NULL;
    enum err err = read_side_open(
        &(struct read_side_options){.data_directory = data, .models = models}, &side, error);
    json_t *list = json_array();
    json_object_set_new(status, "models", list);
    for (size_t i = 0; !err && i < models_count(models); i++) {
        int64_t position;
        const struct model *model = models_at(models, i);
        err = read_position(side, model, &position, error);
        if (!err)
            json_array_append_new(list, describe_model(data, model_name(model), position, head));
    }
    return err;
}

/* What the runner alone knows: null where none runs. */
static void ask_runner(const char *data, json_t *sagas)
{
    struct error error = {0};
    AUTO(json) json_t *runner = NULL;
    enum err err =
        control_call(data, "saga", "GET", "/status", NULL, CALL_TIMEOUT_MS, &runner, &error);
    bool runs = err == OK;
    bool catches_up = json_is_true(json_object_get(runner, "catchingUp"));
    json_object_set_new(sagas, "runner",
                        json_string(!runs        ? silence(err)
                                    : catches_up ? "catching up"
                                                 : "working"));
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        json_object_set(sagas, ways[i].member,
                        runs ? json_object_get(runner, ways[i].member) : json_null());
}

/* null where no saga has ever run. */
static enum err add_sagas(const char *data, json_t *status, struct error *error)
{
    AUTO(json) json_t *sagas = NULL;
    enum err err = saga_report_status(data, &sagas, error);
    if (err && err != ERR_NOT_FOUND)
        return error_add_context(error, err, "the sagas");
    if (!err) {
        int64_t lag = json_int_or(status, "head", 0) - json_int_or(sagas, "position", 0);
        json_object_set_new(sagas, "lag", json_integer(lag));
        ask_runner(data, sagas);
    }
    json_object_set(status, "sagas", sagas ? sagas : json_null());
    return OK;
}

/* The relays know whether the broker can be reached; without them nobody does. */
static void add_relays(enum err asked, const json_t *answer, json_t *status)
{
    json_t *relays = asked == OK ? json_object_get(answer, "relays") : NULL;
    const char *broker = asked == ERR_NOT_RUNNING       ? "unknown: annal commands is not running"
                         : asked                        ? "unknown: annal commands cannot be asked"
                         : json_array_size(relays) == 0 ? "none: subscriptions follow the log"
                                                        : "reachable";
    size_t i;
    json_t *relay;
    json_array_foreach (relays, i, relay) {
        if (!json_is_true(json_object_get(relay, "connected")))
            broker = "unreachable";
    }
    json_object_set_new(status, "broker", json_string(broker));
    json_object_set_new(status, "relays", relays ? json_incref(relays) : json_array());
}

/* What `annal commands` alone knows: the relays, and why it refused schemas it was to read again.
 */
static void ask_commands(const char *data, json_t *status)
{
    struct error error = {0};
    AUTO(json) json_t *answer = NULL;
    enum err err =
        control_call(data, "commands", "GET", "/status", NULL, CALL_TIMEOUT_MS, &answer, &error);
    json_t *refused = json_object_get(answer, "schemasRefused");
    add_relays(err, answer, status);
    json_object_set(status, "schemasRefused", refused ? refused : json_null());
}

static void add_count(struct table *table, const json_t *count)
{
    if (json_is_integer(count))
        table_add(table, "%lld", (long long)json_integer_value(count));
    else
        table_add(table, "-");
}

static void print_models(const json_t *status)
{
    static const char *const names[] = {"read model",  ">position", ">lag",
                                        ">generation", ">parked",   "worker"};
    AUTO(table) struct table table;
    table_init(&table, names, 6);
    size_t i;
    json_t *model;
    json_array_foreach (json_object_get(status, "models"), i, model) {
        table_add(&table, "%s", json_string_or(model, "name", ""));
        table_add(&table, "%lld", (long long)json_int_or(model, "position", 0));
        table_add(&table, "%lld", (long long)json_int_or(model, "lag", 0));
        add_count(&table, json_object_get(model, "generation"));
        add_count(&table, json_object_get(model, "parked"));
        table_add(&table, "%s", json_string_or(model, "worker", ""));
    }
    table_print(&table);
}

static void print_relays(const json_t *status)
{
    static const char *const names[] = {"relay", ">position", "broker"};
    AUTO(table) struct table table;
    size_t i;
    json_t *relay;
    json_t *relays = json_object_get(status, "relays");
    if (json_array_size(relays) == 0)
        return;
    table_init(&table, names, 3);
    json_array_foreach (relays, i, relay) {
        bool connected = json_is_true(json_object_get(relay, "connected"));
        table_add(&table, "%s", json_string_or(relay, "name", ""));
        table_add(&table, "%lld", (long long)json_int_or(relay, "position", 0));
        table_add(&table, "%s%s", connected ? "connected" : "not connected: ",
                  connected ? "" : json_string_or(relay, "trouble", ""));
    }
    printf("\n");
    table_print(&table);
}

/* Phases with nobody in them are left out. */
static void print_sagas(const json_t *status)
{
    const json_t *sagas = json_object_get(status, "sagas");
    AUTO(text) struct text phases = {0};
    const char *phase;
    json_t *count;
    if (!json_is_object(sagas))
        return;
    json_object_foreach (json_object_get(sagas, "phases"), phase, count) {
        if (json_integer_value(count) > 0)
            text_printf(&phases, ", %lld %s", (long long)json_integer_value(count), phase);
    }
    printf("\nsagas   at %lld, lag %lld%s; runner: %s\n",
           (long long)json_int_or(sagas, "position", 0), (long long)json_int_or(sagas, "lag", 0),
           phases.at ? phases.at : "", json_string_or(sagas, "runner", ""));
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (json_is_true(json_object_get(sagas, ways[i].member)))
            printf("        %s\n", ways[i].trouble);
}

static void print_refusal(const json_t *status, const char *member, const char *what)
{
    const char *why = json_string_or(status, member, NULL);
    if (why)
        printf("%s: %s\n\n", what, why);
}

static void print_status(const json_t *status)
{
    printf("log     %s\nhead    %lld:%s\nbroker  %s\n\n", json_string_or(status, "log", ""),
           (long long)json_int_or(status, "head", 0), json_string_or(status, "hash", ""),
           json_string_or(status, "broker", ""));
    print_refusal(status, "schemasRefused", "schemas refused by annal commands");
    print_refusal(status, "definitionsRefused", "read models cannot be listed");
    print_models(status);
    print_sagas(status);
    print_relays(status);
}

/* Files that cannot be used now do not hide how far everything is. */
static enum err add_own_models(const struct options *options, json_t *status, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    struct error why = {0};
    enum err err = role_open_catalogue(options, &catalogue, &why);
    if (!err)
        err = role_open_models(options, catalogue, &models, &why);
    json_object_set_new(status, "definitionsRefused", err ? json_string(why.text) : json_null());
    return err ? OK
               : add_models(options->value[OPTION_DATA], models, json_int_or(status, "head", 0),
                            status, error);
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(json) json_t *status = json_object();
    const char *data = options->value[OPTION_DATA];
    enum err err = add_head(data, status, error);
    if (!err)
        err = add_own_models(options, status, error);
    if (!err)
        err = add_sagas(data, status, error);
    if (err)
        return err;
    ask_commands(data, status);
    if (option_flag(options, OPTION_JSON)) {
        AUTO(text) struct text text = {0};
        json_write(status, &text);
        printf("%s\n", text.at);
    } else {
        print_status(status);
    }
    return OK;
}

static const enum option options[] = {OPTION_DATA, OPTION_MODELS, OPTION_SCHEMAS, OPTION_DOMAIN,
                                      OPTION_JSON, OPTION_HELP,   OPTION_COUNT};

const struct subcommand subcommand_status = {
    .name = "status",
    .arguments = "",
    .summary = "show how far the log, the read models and the relays are",
    .more =
        "The head is printed as POSITION:HASH, as `annal verify --expect` takes it: keep it "
        "somewhere\n"
        "safe. A read model that has not been built yet is at position 0; parked are the streams\n"
        "that wait behind an event its handlers cannot apply.",
    .options = options,
    .run = run,
};
