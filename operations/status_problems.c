/* The verdict of the status document: the list of problems; "ok" is true if the list is empty. */
#include "operations/status.h"

#include "base/program.h"

#include <stdarg.h>
#include <stdio.h>

#define BEHIND_EVENTS 10000 /* a larger lag is a problem; a worker's queue holds as many */

const struct status_way status_ways[STATUS_WAYS] = {
    {"endpoint_unreachable", "their commands wait: the command endpoint cannot be reached"},
    {"control_unreachable",
     "their events wait: the control socket of annal commands cannot be reached"},
};

void status_problems_add(json_t *status, const char *format, ...)
{
    char line[ERROR_TEXT_BYTES + 256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    json_array_append_new(json_object_get(status, "problems"), json_string(line));
}

static void judge_model(json_t *status, const char *data, const json_t *model)
{
    const char *name = json_string_or(model, "name", ""),
               *worker = json_string_or(model, "worker", ""),
               *trouble = json_string_or(model, "trouble", NULL);
    int64_t lag = json_int_or(model, "lag", 0), parked = json_int_or(model, "parked", 0);
    if (trouble) /* also explains the state of the worker */
        status_problems_add(
            status, "read model %s cannot be read: %s; if the file is damaged, run `%s rebuild %s`",
            name, trouble, program_name(), name);
    else if (strcmp(worker, "none") == 0)
        status_problems_add(
            status,
            "read model %s has no worker and is %lld events behind; if it is no longer "
            "needed, remove %s/read/%s.*",
            name, (long long)lag, data, name);
    else if (strcmp(worker, "working") != 0 && strcmp(worker, "building") != 0 &&
             strcmp(worker, "no answer") != 0)
        status_problems_add(status, "read model %s: its worker: %s; see its log", name, worker);
    else if (lag > BEHIND_EVENTS)
        status_problems_add(status, "read model %s is %lld events behind", name, (long long)lag);
    if (parked > 0)
        status_problems_add(status, "read model %s: %lld stream%s parked: `%s dead-letters`", name,
                            (long long)parked, parked == 1 ? " is" : "s are", program_name());
}

static void judge_sagas(json_t *status, const json_t *sagas)
{
    int64_t stuck = json_int_or(json_object_get(sagas, "phases"), "stuck", 0),
            lag = json_int_or(sagas, "lag", 0);
    if (!json_is_object(sagas))
        return;
    if (stuck > 0)
        status_problems_add(status, "%lld saga%s stuck: `%s sagas list stuck`", (long long)stuck,
                            stuck == 1 ? " is" : "s are", program_name());
    if (strcmp(json_string_or(sagas, "runner", ""), "none") == 0)
        status_problems_add(status, "sagas: `%s saga` is not running; it is %lld events behind",
                            program_name(), (long long)lag);
    else if (lag > BEHIND_EVENTS)
        status_problems_add(status, "sagas are %lld events behind", (long long)lag);
    for (size_t i = 0; i < STATUS_WAYS; i++)
        if (json_is_true(json_object_get(sagas, status_ways[i].member)))
            status_problems_add(status, "sagas: %s", status_ways[i].trouble);
}

void status_problems_judge(json_t *status, const char *data)
{
    json_t *one;
    const char *refused = json_string_or(status, "schemas_rejected", NULL);
    size_t i;
    const char *commands = json_string_or(status, "commands", "");
    if (strcmp(commands, "none") == 0)
        status_problems_add(status, "`%s commands` is not running", program_name());
    const char *not_ready = json_string_or(status, "not_ready", NULL);
    if (not_ready)
        status_problems_add(status, "`%s commands` is not ready: %s", program_name(), not_ready);
    if (refused)
        status_problems_add(status, "schemas rejected by `%s commands`: %s", program_name(),
                            refused);
    json_array_foreach (json_object_get(status, "relays"), i, one) {
        /* No trouble yet: it makes its first connection. */
        bool failed = json_string_or(one, "trouble", "")[0] != '\0';
        if (failed && !json_is_true(json_object_get(one, "connected")))
            status_problems_add(status, "relay %s: RabbitMQ cannot be reached: %s",
                                json_string_or(one, "name", ""),
                                json_string_or(one, "trouble", ""));
    }
    json_array_foreach (json_object_get(status, "models"), i, one) {
        judge_model(status, data, one);
    }
    judge_sagas(status, json_object_get(status, "sagas"));
    json_object_set_new(status, "ok",
                        json_boolean(json_array_size(json_object_get(status, "problems")) == 0));
}
