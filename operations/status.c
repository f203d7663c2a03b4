/* Collects the document from the files and from the roles. Positions are read before the head, which only
 * grows, so no lag is negative.
 */
#include "operations/status.h"

#include "base/encoding.h"
#include "base/file.h"
#include "base/program.h"
#include "event_store/event_store.h"
#include "operations/owner.h"
#include "projectors/projector.h"
#include "read_model/store/generation.h"
#include "read_model/store/generation_info.h"
#include "sagas/saga_control.h"
#include "sagas/saga_report.h"
#include "sagas/saga_store.h"

#include <stdio.h>

/* The generation that serves, from its file. */
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

/* The state of a process that did not answer: "none" if it does not run, which status_problems.c judges;
 * else "no answer", and the reason becomes a problem. */
static const char *silent_state(json_t *status, const char *who, const struct error *why)
{
    if (why->code == ERR_NOT_RUNNING)
        return "none";
    status_problems_add(status, "%s does not respond: %s", who, why->text);
    return "no answer";
}

struct collecting {
    const char *data;
    json_t *status, *models; /* the document, and its array */
};

static enum err ask_worker(const char *data, const char *model, json_t **ret_worker,
                           struct error *error)
{
    AUTO(text) struct text role = {0}, file = {0};
    projector_role(model, &role);
    generation_path(data, model, 0, &file);
    return owner_read_status(data, role.at, lock_file_find_holder, file.at, ret_worker, error);
}

/* `why`: it did not answer; NULL if it did. */
static const char *worker_state(json_t *status, const char *model, const struct error *why,
                                const json_t *worker)
{
    AUTO(text) struct text who = {0};
    text_printf(&who, "read model %s: its worker", model);
    if (why)
        return silent_state(status, who.at, why);
    return json_is_true(json_object_get(worker, "retrying")) ? "retrying"
                                                             : json_string_or(worker, "phase", "");
}

/* Only the worker knows how many streams are parked; without one it is null. A file that cannot be read
 * hides no other model. */
static enum err add_model(void *context, const char *name, struct error *error)
{
    const struct collecting *collecting = context;
    struct serving serving = {0};
    struct error why = {0}, silent = {0};
    AUTO(json) json_t *worker = NULL;
    (void)error;
    enum err asked = ask_worker(collecting->data, name, &worker, &silent);
    if (generation_info_each(collecting->data, name, take_serving, &serving, &why) != OK)
        snprintf(serving.trouble, sizeof serving.trouble, "%s", why.text);
    else if (serving.number == 0 && json_string_is(worker, "phase", "working"))
        snprintf(serving.trouble, sizeof serving.trouble,
                 "its worker serves generation %lld, which is not in %s/read",
                 (long long)json_int_or(worker, "generation", 0), collecting->data);
    json_t *model =
        json_pack("{s:s, s:I, s:I, s:I, s:O?, s:s}", "name", name, "position",
                  (json_int_t)serving.position, "lag", (json_int_t)0, "generation",
                  (json_int_t)serving.number, "parked", json_object_get(worker, "parked"), "worker",
                  worker_state(collecting->status, name, asked ? &silent : NULL, worker));
    if (serving.trouble[0])
        json_object_set_new(model, "trouble", json_string(serving.trouble));
    json_array_append_new(collecting->models, model);
    return OK;
}

static bool is_listed(const json_t *models, struct slice name)
{
    size_t i;
    json_t *model;
    json_array_foreach (models, i, model) {
        if (slice_is(name, json_string_or(model, "name", "")))
            return true;
    }
    return false;
}

/* The model of a control socket "projector-<model>.sock" on which a process listens, unless it
 * was already found by its files. */
static enum err add_running(void *context, const char *path, const char *socket,
                            struct error *error)
{
    static const char before[] = "projector-", after[] = ".sock";
    const struct collecting *collecting = context;
    struct error silent = {0};
    AUTO(text) struct text name = {0};
    AUTO(json) json_t *worker = NULL;
    size_t length = strlen(socket);
    (void)path;
    if (length < sizeof before + sizeof after - 1 ||
        strncmp(socket, before, sizeof before - 1) != 0)
        return OK;
    text_add_bytes(&name, socket + sizeof before - 1, length + 2 - sizeof before - sizeof after);
    if (is_listed(collecting->models, text_slice(&name)))
        return OK;
    enum err asked = ask_worker(collecting->data, name.at, &worker, &silent);
    return asked == ERR_NOT_RUNNING ? OK : add_model(context, name.at, error);
}

/* By their files, then by their workers: missing files hide no worker. */
static void add_models(const char *data, json_t *status)
{
    struct collecting collecting = {data, status, json_array()};
    struct error why = {0};
    AUTO(text) struct text run = {0};
    text_printf(&run, "%s/run", data);
    json_object_set_new(status, "models", collecting.models);
    if (generation_each_model(data, add_model, &collecting, &why) != OK)
        status_problems_add(status, "the read models cannot be listed: %s", why.text);
    enum err err = file_each(run.at, ".sock", add_running, &collecting, &why);
    if (err && err != ERR_NOT_FOUND)
        status_problems_add(status, "the control sockets cannot be listed: %s", why.text);
}

/* What only the runner knows: null if it does not answer. */
static void ask_runner(const char *data, json_t *status, json_t *sagas)
{
    struct error why = {0};
    AUTO(text) struct text who = {0}, file = {0};
    AUTO(json) json_t *runner = NULL;
    text_printf(&who, "sagas: `%s saga`", program_name());
    text_printf(&file, "%s/" SAGA_STORE_FILE, data);
    bool runs =
        owner_read_status(data, SAGA_ROLE, lock_file_find_holder, file.at, &runner, &why) == OK;
    bool catches_up = json_is_true(json_object_get(runner, "catching_up"));
    json_object_set_new(sagas, "runner",
                        json_string(!runs        ? silent_state(status, who.at, &why)
                                    : catches_up ? "catching up"
                                                 : "working"));
    for (size_t i = 0; i < STATUS_WAYS; i++)
        json_object_set(sagas, status_ways[i].member,
                        runs ? json_object_get(runner, status_ways[i].member) : json_null());
}

/* null if no saga has ever run. */
static enum err add_sagas(const char *data, json_t *status, struct error *error)
{
    AUTO(json) json_t *sagas = NULL;
    enum err err = saga_report_status(data, &sagas, error);
    if (err && err != ERR_NOT_FOUND)
        return error_add_context(error, err, "the sagas");
    if (!err) {
        json_object_set_new(sagas, "lag", json_integer(0)); /* set_lag() */
        ask_runner(data, status, sagas);
    }
    json_object_set(status, "sagas", sagas ? sagas : json_null());
    return OK;
}

/* Only the relays know whether the broker can be reached. */
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
            broker = json_string_or(relay, "trouble", "")[0] || strcmp(broker, "unreachable") == 0
                         ? "unreachable"
                         : "connecting"; /* the first connection */
    }
    json_object_set_new(status, "broker", json_string(broker));
    json_object_set_new(status, "relays", relays ? json_incref(relays) : json_array());
}

/* What only `annal commands` knows: the relays, and why it rejected schemas. */
static void ask_commands(const struct status_request *request, json_t *status)
{
    struct error why = {0};
    AUTO(text) struct text who = {0};
    AUTO(json) json_t *answer = NULL;
    text_printf(&who, "`%s commands`", program_name());
    enum err err = owner_read_status(request->data_directory, "commands", event_store_find_writer,
                                     request->log_url, &answer, &why);
    json_t *refused = json_object_get(answer, "schemas_rejected");
    add_relays(err, answer, status);
    json_object_set_new(status, "commands",
                        json_string(err ? silent_state(status, who.at, &why) : "running"));
    json_object_set(status, "schemas_rejected", refused ? refused : json_null());
    const char *not_ready = json_string_or(answer, "not_ready", NULL);
    json_object_set_new(status, "not_ready", not_ready ? json_string(not_ready) : json_null());
}

/* Positions are read before the head: a position beyond it belongs to another log, or the log was
 * restored from a backup. */
static void set_lag(json_t *status, const char *who, json_t *one, int64_t head)
{
    int64_t position = json_int_or(one, "position", 0);
    if (!json_is_object(one))
        return;
    json_object_set_new(one, "lag", json_integer(position < head ? head - position : 0));
    if (position > head)
        status_problems_add(status, "%s: at position %lld, ahead of the log, which ends at %lld",
                            who, (long long)position, (long long)head);
}

/* The head is read last; then the lags are known. */
static enum err add_head(const char *log_url, json_t *status, struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    AUTO(text) struct text hash = {0};
    struct checkpoint head = {0};
    size_t i;
    json_t *model;
    enum err err = event_store_open(log_url, EVENT_STORE_READ, &log, error);
    if (!err)
        err = event_store_head(log, &head, NULL, error);
    if (err)
        return err;
    encoding_write_hex(head.hash, EVENT_HASH_BYTES, &hash);
    json_object_set_new(status, "log", json_string(event_store_log_id(log)));
    json_object_set_new(status, "head", json_integer(head.position));
    json_object_set_new(status, "hash", json_string(hash.at));
    json_array_foreach (json_object_get(status, "models"), i, model) {
        AUTO(text) struct text who = {0};
        text_printf(&who, "read model %s", json_string_or(model, "name", ""));
        set_lag(status, who.at, model, head.position);
    }
    set_lag(status, "the sagas", json_object_get(status, "sagas"), head.position);
    return OK;
}

/* A missing DATA/read is a problem if the log has events and read models are expected. */
static void check_directory(const struct status_request *request, json_t *status)
{
    AUTO(text) struct text path = {0};
    struct error why = {0};
    bool exists = true;
    text_printf(&path, "%s/read", request->data_directory);
    if (!request->expects_models || json_int_or(status, "head", 0) == 0)
        return;
    if (file_exists(path.at, &exists, &why) != OK)
        status_problems_add(status, "%s", why.text);
    if (!exists)
        status_problems_add(status,
                            "%s does not exist, though the log has events: no read model exists; "
                            "start a projector for each to build it from the log",
                            path.at);
}

json_t *status_build(const struct status_request *request)
{
    /* The members in the order in which they are printed. */
    json_t *status =
        json_pack("{s:b, s:[], s:n, s:n, s:n}", "ok", 0, "problems", "log", "head", "hash");
    struct error why = {0};
    add_models(request->data_directory, status);
    if (add_sagas(request->data_directory, status, &why) != OK)
        status_problems_add(status, "%s", why.text);
    ask_commands(request, status);
    if (add_head(request->log_url, status, &why) != OK)
        status_problems_add(status, "the log cannot be read: %s", why.text);
    check_directory(request, status);
    status_problems_judge(status, request->data_directory);
    return status;
}
