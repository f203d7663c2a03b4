/* annal status: prints the status document of operations/status.h. */
#include "cli/json_line.h"
#include "cli/subcommand.h"
#include "cli/table.h"
#include "operations/status.h"

#include <stdio.h>

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
    AUTO(table) struct table table = {0};
    size_t i;
    json_t *relay;
    json_t *relays = json_object_get(status, "relays");
    if (json_array_size(relays) == 0)
        return;
    table_init(&table, names, 3);
    json_array_foreach (relays, i, relay) {
        bool connected = json_is_true(json_object_get(relay, "connected"));
        const char *trouble = json_string_or(relay, "trouble", "");
        table_add(&table, "%s", json_string_or(relay, "name", ""));
        table_add(&table, "%lld", (long long)json_int_or(relay, "position", 0));
        table_add(&table, "%s%s",
                  connected    ? "connected"
                  : trouble[0] ? "not connected: "
                               : "connecting",
                  connected ? "" : trouble);
    }
    printf("\n");
    table_print(&table);
}

/* Omits phases without a saga. */
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
    for (size_t i = 0; i < STATUS_WAYS; i++)
        if (json_is_true(json_object_get(sagas, status_ways[i].member)))
            printf("        %s\n", status_ways[i].trouble);
}

/* Problems come first. */
static void print_problems(const json_t *problems)
{
    size_t i, count = json_array_size(problems);
    json_t *problem;
    if (count == 0)
        printf("status  ok\n");
    else
        printf("status  %zu problem%s\n", count, count == 1 ? "" : "s");
    json_array_foreach (problems, i, problem)
        printf("        %s\n", json_string_value(problem));
}

static void print_status(const json_t *status)
{
    print_problems(json_object_get(status, "problems"));
    printf("log     %s\n", json_string_or(status, "log", "-"));
    if (json_is_integer(json_object_get(status, "head")))
        printf("head    %lld:%s\n", (long long)json_int_or(status, "head", 0),
               json_string_or(status, "hash", ""));
    else
        printf("head    -\n");
    printf("broker  %s\n\n", json_string_or(status, "broker", ""));
    print_models(status);
    print_sagas(status);
    print_relays(status);
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(json)
    json_t *status = status_build(
        &(struct status_request){.data_directory = options->value[OPTION_DATA],
                                 .log_url = option_log_url(options),
                                 .expects_models = domain_has_read_models(&options->domain)});
    if (option_flag(options, OPTION_JSON))
        json_line_print(json_incref(status));
    else
        print_status(status);
    return json_is_true(json_object_get(status, "ok")) ? OK
                                                       : error_set(error, ERR_FAILED, "%s", "");
}

static const enum option options[] = {OPTION_DATA, OPTION_LOG,  OPTION_DOMAIN,
                                      OPTION_JSON, OPTION_HELP, OPTION_COUNT};

const struct subcommand subcommand_status = {
    .name = "status",
    .arguments = "",
    .summary = "show problems and the positions of the log, the read models and the relays",
    .more = "Prints the problems first, and exits with status 1 if there is one. Problems are,\n"
            "among others: a read model has no working worker, is more than 10,000 events behind\n"
            "or has parked streams; a saga is stuck; `annal commands` does not run, or cannot\n"
            "reach RabbitMQ. The read models are those with files in DATA. The head of the log is\n"
            "printed as POSITION:HASH, the argument of `annal verify --expect`; store it on\n"
            "another system.",
    .options = options,
    .run = run,
};
