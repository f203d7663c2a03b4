/* SIGHUP, with real processes: new schemas in the directory take effect while the program runs; invalid
 * ones change nothing. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCANNED                                                                                    \
    "{\"type\":\"object\",\"required\":[\"place\"],\"properties\":{\"place\":{\"type\":"           \
    "\"string\"}}}"
#define MODEL                                                                                      \
    "-- schema\nCREATE TABLE parcels (id TEXT PRIMARY KEY, place TEXT NOT NULL, scans INTEGER "    \
    "NOT "                                                                                         \
    "NULL) STRICT;\n\n-- on parcel.scanned.v1\nINSERT INTO parcels VALUES (:id, :data ->> "        \
    "'place', 1) ON CONFLICT DO UPDATE SET scans = scans + 1;\n"

struct instance {
    const char *data, *own; /* the data, and the directory of schemas and models */
    struct annal_process up;
    char commands[64], queries[64];
};

static void put(const struct instance *instance, const char *name, const char *content)
{
    AUTO(text) struct text path = {0}, hidden = {0};
    text_printf(&hidden, "%s/new", instance->own);
    text_printf(&path, "%s/%s", instance->own, name);
    test_file_write(hidden.at, content);
    assert_int_equal(rename(hidden.at, path.at), 0);
}

static void make_folder(const struct instance *instance, const char *name)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", instance->own, name);
    assert_int_equal(mkdir(path.at, 0755), 0);
}

static int start(void **state, const char *domain, const char *sagas)
{
    struct instance *instance = calloc(1, sizeof *instance);
    assert_non_null(instance);
    instance->data = test_directory_make();
    instance->own = test_directory_make();
    make_folder(instance, "events");
    make_folder(instance, "upcasters");
    put(instance, "events/parcel.scanned.v1.json", SCANNED);
    put(instance, "parcels.sql", MODEL);
    setenv("ANNAL_SCHEMAS", instance->own, 1); /* for every task too */
    setenv("ANNAL_MODELS", instance->own, 1);
    annal_start(&instance->up, instance->data,
                (const char *[]){"up", "--bus", "log:", "--domain", domain, "--commands-listen",
                                 "127.0.0.1:0", "--queries-listen", "127.0.0.1:0", sagas, NULL});
    snprintf(instance->commands, sizeof instance->commands, "%s",
             annal_address(&instance->up, "commands"));
    snprintf(instance->queries, sizeof instance->queries, "%s",
             annal_address(&instance->up, "queries"));
    *state = instance;
    return 0;
}

/* Only the directory's own schemas and model: `up` starts three processes. */
static int begin(void **state)
{
    return start(state, "none", NULL);
}

/* With every role. */
static int begin_lending(void **state)
{
    return start(state, "lending", "--sagas");
}

static int end(void **state)
{
    struct instance *instance = *state;
    if (instance->up.pid)
        assert_int_equal(annal_stop(&instance->up, 30), 0);
    test_directory_remove(instance->data);
    test_directory_remove(instance->own);
    free(instance);
    return 0;
}

/* The number of schema reloads of each process with this outcome, from its metrics. */
static int64_t rereads(const char *address, const char *outcome)
{
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text name = {0};
    http_get(address, "/metrics", &reply);
    text_printf(&name, "\nannal_schemas_reread_total{outcome=\"%s\"} ", outcome);
    const char *at = strstr(reply.body.at, name.at);
    return at ? strtoll(at + name.length, NULL, 10) : 0;
}

static void reread(const struct instance *instance, const char *outcome)
{
    const char *const addresses[] = {instance->commands, instance->queries};
    int64_t before[2];
    for (size_t i = 0; i < 2; i++)
        before[i] = rereads(addresses[i], outcome);
    assert_int_equal(kill(instance->up.pid, SIGHUP), 0);
    for (size_t i = 0; i < 2; i++)
        wait_until(20, rereads(addresses[i], outcome) == before[i] + 1);
}

static int64_t append(const struct instance *instance, const char *type, const char *id, int status)
{
    AUTO(http_client) struct http_client *client = http_client_open(instance->commands);
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text body = {0};
    text_printf(&body,
                "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/t\",\"type\":\"%s\","
                "\"data\":{\"place\":\"Gent\"}}",
                id, type);
    http_client_call(client,
                     &(struct http_call){.method = "POST",
                                         .path = "/streams/parcel/P-1",
                                         .headers = {"Content-Type: application/cloudevents+json"},
                                         .body = body.at},
                     &reply);
    if (reply.status != status)
        fail_msg("%s: %ld %s", type, reply.status, reply.body.at);
    AUTO(json) json_t *json = http_reply_json(&reply);
    return json_int_or(json, "position", 0);
}

static bool is_logged(const struct instance *instance, const char *what)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/test.log", instance->data);
    AUTO(string) char *log = test_file_read(path.at);
    return strstr(log, what) != NULL;
}

static void assert_logged(const struct instance *instance, const char *what)
{
    if (!is_logged(instance, what))
        fail_msg("the log does not tell: %s", what);
}

static void assert_contains(const struct instance *instance, const char *path, const char *what)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(instance->commands, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_text_contains(reply.body.at, what);
}

static void a_new_type_in_the_directory_takes_effect_without_a_restart(void **state)
{
    const struct instance *instance = *state;
    append(instance, "parcel.lost.v1", "l-1", 404);
    put(instance, "events/parcel.lost.v1.json", SCANNED);
    reread(instance, "accepted");
    append(instance, "parcel.lost.v1", "l-1", 201);
    assert_contains(instance, "/schemas", "parcel.lost.v1");
    assert_contains(instance, "/openapi.json", "parcel.lost.v1");
    assert_contains(instance, "/streams/parcel/P-1",
                    "\"dataschema\":\"annal:/schemas/parcel.lost.v1\"");
    assert_logged(instance, "schemas: added events/parcel.lost.v1.json");
}

static void an_invalid_file_changes_nothing_and_is_reported(void **state)
{
    static const struct {
        const char *content, *expected;
    } bad[] = {
        {"{\n\n  \"type\": oops}", "events/parcel.lost.v1.json: line 3, column "},
        {"{\"unevaluatedItems\":false}", "unevaluatedItems"},
        {"{\"type\":\"objekt\"}", "events/parcel.lost.v1.json: "},
    };
    const struct instance *instance = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(instance, "events/parcel.lost.v1.json", bad[i].content);
        reread(instance, "rejected");
        assert_logged(instance, bad[i].expected);
        assert_contains(instance, "/readyz", "\"status\":\"degraded\"");
        append(instance, "parcel.lost.v1", "l-1", 404);
    }
    append(instance, "parcel.scanned.v1", "s-1", 201);
    put(instance, "events/parcel.lost.v1.json", SCANNED);
    reread(instance, "accepted");
    assert_contains(instance, "/readyz", "\"status\":\"ready\"");
    append(instance, "parcel.lost.v1", "l-1", 200);
}

static void a_registered_type_keeps_its_fields(void **state)
{
    const struct instance *instance = *state;
    put(instance, "events/parcel.scanned.v1.json",
        "{\"type\":\"object\",\"required\":[\"spot\"],\"properties\":{\"spot\":{}}}");
    reread(instance, "rejected");
    append(instance, "parcel.scanned.v1", "s-1", 201);
    AUTO(json)
    json_t *status = annal_run_json(instance->data, (const char *[]){"status", "--json", NULL});
    assert_text_contains(json_string_or(status, "schemas_rejected", ""),
                         "events/parcel.scanned.v1.json: \"/place\": the field is removed");
}

static void an_upcaster_takes_effect_at_the_next_start(void **state)
{
    const struct instance *instance = *state;
    put(instance, "events/parcel.scanned.v2.json", "{\"type\":\"object\"}");
    put(instance, "upcasters/parcel.scanned.v1.json",
        "{\"to\":\"parcel.scanned.v2\",\"operations\":[{\"drop\":\"/place\"}]}");
    reread(instance, "accepted");
    append(instance, "parcel.scanned.v2", "s-1", 201);
    assert_logged(instance,
                  "changed upcasters/parcel.scanned.v1.json: takes effect at the next start");
    /* The model still reads the old version unchanged. */
    int64_t position = append(instance, "parcel.scanned.v1", "s-2", 200);
    AUTO(text) struct text header = {0};
    text_printf(&header, "Annal-Min-Position: %lld", (long long)position);
    AUTO(http_client) struct http_client *client = http_client_open(instance->queries);
    AUTO(http_reply) struct http_reply reply = {0};
    http_client_call(client,
                     &(struct http_call){.path = "/read/parcels/P-1",
                                         .headers = {header.at, "Prefer: wait=20"},
                                         .timeout_seconds = 40},
                     &reply);
    assert_text_contains(reply.body.at, "\"scans\":1");
}

/* --- under load ------------------------------------------------------------------------------- */

enum { CLIENTS = 3, HANGUPS = 10 };

struct client {
    const struct instance *instance;
    int number;
    atomic_bool *ending;
    atomic_int *answered;
    int failed;
    pthread_t thread;
};

static void *work(void *client_)
{
    struct client *client = client_;
    AUTO(http_client) struct http_client *http = http_client_open(client->instance->commands);
    AUTO(http_reply) struct http_reply reply = {0};
    for (int i = 0; !atomic_load(client->ending); i++) {
        char body[200], path[60];
        snprintf(path, sizeof path, "/streams/parcel/L-%d", client->number);
        snprintf(body, sizeof body,
                 "{\"specversion\":\"1.0\",\"id\":\"%d-%d\",\"source\":\"/load\","
                 "\"type\":\"parcel.scanned.v1\",\"data\":{\"place\":\"x\"}}",
                 client->number, i);
        bool came = http_client_try(
            http,
            &(struct http_call){.method = "POST",
                                .path = path,
                                .headers = {"Content-Type: application/cloudevents+json"},
                                .body = body},
            &reply);
        client->failed += !came || (reply.status != 200 && reply.status != 201);
        atomic_fetch_add(client->answered, 1);
    }
    return NULL;
}

static void under_load_no_request_fails_and_every_event_is_projected(void **state)
{
    const struct instance *instance = *state;
    struct client clients[CLIENTS];
    atomic_bool ending = false;
    atomic_int answered = 0;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){instance, i, &ending, &answered, 0, 0};
        assert_int_equal(pthread_create(&clients[i].thread, NULL, work, &clients[i]), 0);
    }
    for (int i = 0; i < HANGUPS; i++) {
        char name[40];
        int before = atomic_load(&answered);
        snprintf(name, sizeof name, "events/parcel.more.v%d.json", i + 1);
        put(instance, name, i % 3 == 2 ? "{" : SCANNED);
        reread(instance, i % 3 == 2 ? "rejected" : "accepted");
        put(instance, name, SCANNED);
        wait_until(20, atomic_load(&answered) > before);
    }
    atomic_store(&ending, true);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_equal(clients[i].failed, 0);
    }
    annal_wait_caught_up(instance->data, 60);
    annal_check_everything(instance->data);
}

static void a_role_without_up_reloads_too(void **state)
{
    const struct instance *instance = *state;
    struct annal_process projector;
    annal_start(&projector, instance->data,
                (const char *[]){"projector", "parcels", "--bus", "log:", NULL});
    put(instance, "events/parcel.lost.v1.json", SCANNED);
    assert_int_equal(kill(projector.pid, SIGHUP), 0);
    wait_until(20, is_logged(instance, "schemas: added events/parcel.lost.v1.json"));
    assert_true(annal_is_running(&projector));
    assert_int_equal(annal_stop(&projector, 20), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_type_in_the_directory_takes_effect_without_a_restart,
                                        begin_lending, end),
        TEST(an_invalid_file_changes_nothing_and_is_reported),
        TEST(a_registered_type_keeps_its_fields),
        TEST(an_upcaster_takes_effect_at_the_next_start),
        TEST(under_load_no_request_fails_and_every_event_is_projected),
        TEST(a_role_without_up_reloads_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
