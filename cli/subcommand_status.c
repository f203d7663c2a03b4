/* annal status: whether all is well; the log's head, each read model's position, lag and worker,
 * the sagas, the relays and the broker.
 *
 * It is one JSON document first, from which the table for people is printed (status_print.c), so
 * that both say the same. What there is follows from the files in DATA, not from the definitions
 * this program knows. It reads the files itself; it asks the workers about themselves and `annal
 * commands` about the relays. Positions are read before the head, which only grows: no lag is
 * negative.
 */
#include "cli/status.h"

#include "base/program.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "event_store/event_store.h"
#include "http/control.h"
#include "projectors/projector_ask.h"
#include "read_model/store/generation.h"
#include "read_model/store/generation_info.h"
#include "sagas/saga_report.h"

#include <stdarg.h>
#include <stdio.h>

#define CALL_TIMEOUT_MS 3000
#define BEHIND_EVENTS   10000 /* a lag beyond is trouble: as many as a worker's queue holds */

const struct status_way status_ways[STATUS_WAYS] = {
    {"endpointUnreachable", "their commands wait: the command endpoint cannot be reached"},
    {"controlUnreachable",
     "their events wait: the control socket of annal commands cannot be reached"},
};

static void add_problem(json_t *problems, const char *format, ...) PRINTF_LIKE(2, 3);
static void add_problem(json_t *problems, const char *format, ...)
{
    char line[ERROR_TEXT_BYTES + 256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    json_array_append_new(problems, json_string(line));
}

/* What is told of a model's serving file. */
struct serving {
    int64_t number, position;
    char trouble[200];
};

static void take_serving(void *context, const struct generation_info *info)
{
    struct serving *serving = context;
    if (!info->current)
        return;
    serving->number = info->number;
    serving->position = info->position;
    memcpy(serving->trouble, info->trouble, sizeof serving->trouble);
}

/* What to say of a process that gave no answer. */
static const char *silence(enum err err)
{
    return err == ERR_NOT_RUNNING ? "none" : "no answer";
}

static const char *worker_state(enum err asked, const json_t *worker)
{
    if (asked)
        return silence(asked);
    return json_is_true(json_object_get(worker, "retrying")) ? "retrying"
                                                             : json_string_or(worker, "phase", "");
}

struct collecting {
    const char *data;
    json_t *models; /* an array */
};

/* How many streams are parked is the worker's to tell; without one it is null. A file that cannot
 * be read hides no other model. */
static enum err add_model(void *context, const char *name, struct error *error)
{
    const struct collecting *collecting = context;
    struct serving serving = {0};
    struct error why = {0};
    AUTO(text) struct text role = {0};
    AUTO(json) json_t *worker = NULL;
    (void)error;
    projector_ask_role(name, &role);
    enum err asked = control_call(collecting->data, role.at, "GET", "/status", NULL,
                                  CALL_TIMEOUT_MS, &worker, NULL);
    if (generation_info_each(collecting->data, name, take_serving, &serving, &why) != OK)
        snprintf(serving.trouble, sizeof serving.trouble, "%s", why.text);
    json_t *model = json_pack(
        "{s:s, s:I, s:I, s:I, s:O?, s:s}", "name", name, "position", (json_int_t)serving.position,
        "lag", (json_int_t)0, "generation", (json_int_t)serving.number, "parked",
        json_object_get(worker, "parked"), "worker", worker_state(asked, worker));
    if (serving.trouble[0])
        json_object_set_new(model, "trouble", json_string(serving.trouble));
    json_array_append_new(collecting->models, model);
    return OK;
}

static enum err add_models(const char *data, json_t *status, struct error *error)
{
    struct collecting collecting = {data, json_array()};
    json_object_set_new(status, "models", collecting.models);
    return generation_each_model(data, add_model, &collecting, error);
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
    for (size_t i = 0; i < STATUS_WAYS; i++)
        json_object_set(sagas, status_ways[i].member,
                        runs ? json_object_get(runner, status_ways[i].member) : json_null());
}

/* null where no saga has ever run. */
static enum err add_sagas(const char *data, json_t *status, struct error *error)
{
    AUTO(json) json_t *sagas = NULL;
    enum err err = saga_report_status(data, &sagas, error);
    if (err && err != ERR_NOT_FOUND)
        return error_add_context(error, err, "the sagas");
    if (!err) {
        json_object_set_new(sagas, "lag", json_integer(0)); /* once the head is known */
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
    json_object_set_new(status, "commands", json_string(err ? silence(err) : "running"));
    json_object_set(status, "schemasRefused", refused ? refused : json_null());
    const char *not_ready = json_string_or(answer, "notReady", NULL);
    json_object_set_new(status, "notReady", not_ready ? json_string(not_ready) : json_null());
}

/* Positions are read before the head: one beyond it is of another log, or of a log that was restored.
 */
static void set_lag(const char *who, json_t *one, int64_t head, json_t *problems)
{
    int64_t position = json_int_or(one, "position", 0);
    if (!json_is_object(one))
        return;
    json_object_set_new(one, "lag", json_integer(position < head ? head - position : 0));
    if (position > head)
        add_problem(problems, "%s: at position %lld, ahead of the log, which ends at %lld", who,
                    (long long)position, (long long)head);
}

/* Last of all that is read, and with it the lags. */
static enum err add_head(const char *log_url, json_t *status, struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    AUTO(text) struct text hash = {0};
    struct checkpoint head = {0};
    size_t i;
    json_t *model, *problems = json_object_get(status, "problems");
    enum err err = event_store_open(log_url, EVENT_STORE_READ, &log, error);
    if (!err)
        err = event_store_head(log, &head, NULL, error);
    if (err)
        return err;
    text_add_hex(&hash, head.hash, EVENT_HASH_BYTES);
    json_object_set_new(status, "log", json_string(event_store_log_id(log)));
    json_object_set_new(status, "head", json_integer(head.position));
    json_object_set_new(status, "hash", json_string(hash.at));
    json_array_foreach (json_object_get(status, "models"), i, model) {
        AUTO(text) struct text who = {0};
        text_printf(&who, "read model %s", json_string_or(model, "name", ""));
        set_lag(who.at, model, head.position, problems);
    }
    set_lag("the sagas", json_object_get(status, "sagas"), head.position, problems);
    return OK;
}

/* ---- the verdict ---- */

static void judge_model(const json_t *model, const char *data, json_t *problems)
{
    const char *name = json_string_or(model, "name", ""),
               *worker = json_string_or(model, "worker", ""),
               *trouble = json_string_or(model, "trouble", NULL);
    int64_t lag = json_int_or(model, "lag", 0), parked = json_int_or(model, "parked", 0);
    if (trouble)
        add_problem(problems, "read model %s cannot be read: %s", name, trouble);
    if (strcmp(worker, "none") == 0)
        add_problem(problems,
                    "read model %s has no worker and is %lld events behind; if it is no longer "
                    "wanted, remove %s/read/%s.*",
                    name, (long long)lag, data, name);
    else if (strcmp(worker, "working") != 0 && strcmp(worker, "building") != 0)
        add_problem(problems, "read model %s: its worker: %s; its log says why", name, worker);
    else if (lag > BEHIND_EVENTS)
        add_problem(problems, "read model %s is %lld events behind", name, (long long)lag);
    if (parked > 0)
        add_problem(problems, "read model %s: %lld streams are parked: `%s dead-letters`", name,
                    (long long)parked, program_name());
}

static void judge_sagas(const json_t *sagas, json_t *problems)
{
    int64_t stuck = json_int_or(json_object_get(sagas, "phases"), "stuck", 0),
            lag = json_int_or(sagas, "lag", 0);
    if (!json_is_object(sagas))
        return;
    if (stuck > 0)
        add_problem(problems, "%lld sagas are stuck: `%s sagas list stuck`", (long long)stuck,
                    program_name());
    if (strcmp(json_string_or(sagas, "runner", ""), "none") == 0)
        add_problem(problems, "sagas: `%s saga` is not running; it is %lld events behind",
                    program_name(), (long long)lag);
    else if (strcmp(json_string_or(sagas, "runner", ""), "no answer") == 0)
        add_problem(problems, "sagas: `%s saga` gives no answer", program_name());
    else if (lag > BEHIND_EVENTS)
        add_problem(problems, "sagas are %lld events behind", (long long)lag);
    for (size_t i = 0; i < STATUS_WAYS; i++)
        if (json_is_true(json_object_get(sagas, status_ways[i].member)))
            add_problem(problems, "sagas: %s", status_ways[i].trouble);
}

static void judge(const char *data, json_t *status)
{
    json_t *problems = json_object_get(status, "problems"), *one;
    const char *refused = json_string_or(status, "schemasRefused", NULL);
    size_t i;
    const char *commands = json_string_or(status, "commands", "");
    if (strcmp(commands, "running") != 0)
        add_problem(problems, "`%s commands` %s", program_name(),
                    strcmp(commands, "none") == 0 ? "is not running" : "gives no answer");
    const char *not_ready = json_string_or(status, "notReady", NULL);
    if (not_ready)
        add_problem(problems, "`%s commands` is not ready: %s", program_name(), not_ready);
    if (refused)
        add_problem(problems, "schemas rejected by `%s commands`: %s", program_name(), refused);
    json_array_foreach (json_object_get(status, "relays"), i, one) {
        if (!json_is_true(json_object_get(one, "connected")))
            add_problem(problems, "relay %s: RabbitMQ cannot be reached: %s",
                        json_string_or(one, "name", ""), json_string_or(one, "trouble", ""));
    }
    json_array_foreach (json_object_get(status, "models"), i, one) {
        judge_model(one, data, problems);
    }
    judge_sagas(json_object_get(status, "sagas"), problems);
    json_object_set_new(status, "ok", json_boolean(json_array_size(problems) == 0));
}

static enum err run(const struct options *options, struct error *error)
{
    /* In the order in which it is printed. */
    AUTO(json)
    json_t *status =
        json_pack("{s:b, s:[], s:n, s:n, s:n}", "ok", 0, "problems", "log", "head", "hash");
    const char *data = options->value[OPTION_DATA];
    json_t *problems = json_object_get(status, "problems");
    struct error why = {0};
    if (add_models(data, status, &why) != OK)
        add_problem(problems, "the read models cannot be listed: %s", why.text);
    if (add_sagas(data, status, &why) != OK)
        add_problem(problems, "%s", why.text);
    ask_commands(data, status);
    if (add_head(option_log_url(options), status, &why) != OK)
        add_problem(problems, "the log cannot be read: %s", why.text);
    judge(data, status);
    if (option_flag(options, OPTION_JSON)) {
        AUTO(text) struct text text = {0};
        json_write(status, &text);
        printf("%s\n", text.at);
    } else {
        status_print(status);
    }
    return json_is_true(json_object_get(status, "ok")) ? OK
                                                       : error_set(error, ERR_FAILED, "%s", "");
}

static const enum option options[] = {OPTION_DATA, OPTION_LOG,  OPTION_DOMAIN,
                                      OPTION_JSON, OPTION_HELP, OPTION_COUNT};

const struct subcommand subcommand_status = {
    .name = "status",
    .arguments = "",
    .summary = "show whether all is well, and how far the log, the read models and the relays are",
    .more = "First whether all is well: every read model has a worker that is at work and at most "
            "10,000 "
            "events\n"
            "behind, nothing is parked, no saga is stuck, `annal commands` runs and reaches "
            "RabbitMQ. If "
            "not, the\n"
            "exit status is 1. Read models are those with files in DATA. The head is printed as\n"
            "POSITION:HASH, as `annal verify --expect` takes it: keep it somewhere safe.",
    .options = options,
    .run = run,
};
