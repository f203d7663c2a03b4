#include "tests/support/load.h"

#include "tests/support/annal_process.h"

#include "base/json.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define THREADS_MOST 16
#define LOANS_MOST   20000 /* of one client */
#define GIVE_UP_MS   120000

/* The steps of a loan, and the version of its stream after each. */
static const struct {
    const char *command, *body;
    int version;
} steps[] = {
    {"open",
     "{\"memberId\":\"M-1\",\"branch\":\"CPH\",\"books\":[{\"bookId\":\"B-1\","
     "\"copies\":2}],\"request\":true}",
     3},
    {"approve", "{}", 4},
    {"lend", "{}", 5},
    {"return", "{}", 6},
};
#define STEPS 4

struct client {
    struct load *load;
    pthread_t thread;
    int number;
    struct http_client *http;
    int loans;
    char version[LOANS_MOST]; /* in the last answer for each loan */
    char trouble[256];        /* why it stopped early, or "" */
};

struct load {
    char address[64];
    int threads, pause_ms;
    atomic_bool stop;
    _Atomic int64_t answered;
    struct client *clients[THREADS_MOST];
};

static void write_path(struct text *out, const struct client *client, int loan)
{
    text_printf(out, "L-%d-%d", client->number, loan);
}

/* Sends one step until it is answered; true if it was, with what was expected. */
static bool send_step(struct client *client, int loan, int step)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text key = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    text_add(&path, "/commands/loan/");
    write_path(&path, client, loan);
    text_printf(&path, "/%s", steps[step].command);
    text_printf(&key, "Idempotency-Key: \"%d-%d-%d\"", client->number, loan, step);
    struct http_call call = {.method = "POST",
                             .path = path.at,
                             .headers = {"Content-Type: application/json", key.at},
                             .body = steps[step].body};
    int64_t deadline = test_now_ms() + GIVE_UP_MS;
    while (test_now_ms() < deadline) {
        if (!http_client_try(client->http, &call, &reply) || reply.status == 503) {
            test_pause_ms(10);
            continue;
        }
        if (reply.status != 200 && reply.status != 201) {
            snprintf(client->trouble, sizeof client->trouble, "%s: %ld %.180s", path.at,
                     reply.status, reply.body.at);
            return false;
        }
        client->version[loan] = (char)steps[step].version;
        atomic_fetch_add(&client->load->answered, 1);
        return true;
    }
    snprintf(client->trouble, sizeof client->trouble, "%s: no answer", path.at);
    return false;
}

static void *run_client(void *context)
{
    struct client *client = context;
    struct load *load = client->load;
    while (!atomic_load(&load->stop) && client->loans < LOANS_MOST) {
        int loan = client->loans++;
        for (int step = 0; step < STEPS && !atomic_load(&load->stop); step++) {
            if (!send_step(client, loan, step))
                return NULL;
            if (load->pause_ms)
                test_pause_ms(load->pause_ms);
        }
    }
    return NULL;
}

struct load *load_start(const char *address, int threads, int pause_ms)
{
    struct load *load = calloc(1, sizeof *load);
    assert_non_null(load);
    snprintf(load->address, sizeof load->address, "%s", address);
    load->threads = threads;
    load->pause_ms = pause_ms;
    for (int i = 0; i < threads; i++) {
        struct client *client = calloc(1, sizeof *client);
        assert_non_null(client);
        client->load = load;
        client->number = i;
        client->http = http_client_open(load->address);
        load->clients[i] = client;
        assert_int_equal(pthread_create(&client->thread, NULL, run_client, client), 0);
    }
    return load;
}

int64_t load_answered(const struct load *load)
{
    return atomic_load(&load->answered);
}

void load_stop(struct load *load)
{
    atomic_store(&load->stop, true);
    for (int i = 0; i < load->threads; i++)
        pthread_join(load->clients[i]->thread, NULL);
    for (int i = 0; i < load->threads; i++)
        if (load->clients[i]->trouble[0])
            fail_msg("%s", load->clients[i]->trouble);
}

/* A client stops only when its last command was answered, so the versions must be the same. */
static void check_loan(const struct client *client, struct http_client *http, int loan)
{
    AUTO(text) struct text path = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    text_add(&path, "/streams/loan/");
    write_path(&path, client, loan);
    http_client_call(http, &(struct http_call){.path = path.at}, &reply);
    if (client->version[loan] == 0 && reply.status == 404)
        return;
    assert_int_equal(reply.status, 200);
    AUTO(json) json_t *json = http_reply_json(&reply);
    int64_t version = json_int_or(json, "version", 0);
    if (version != client->version[loan])
        fail_msg("%s: version %lld was answered, the log has %lld", path.at,
                 (long long)client->version[loan], (long long)version);
    assert_int_equal(json_array_size(json_object_get(json, "events")), version);
}

/* Walks the whole log: positions 1, 2, 3 …. */
static void check_positions(const char *data)
{
    AUTO(text) struct text out = {0};
    assert_int_equal(annal_run(data, (const char *[]){"events", NULL}, &out, NULL), 0);
    int64_t expected = 1;
    for (char *rest = out.at, *line; (line = strsep(&rest, "\n")) && line[0]; expected++)
        assert_int_equal(strtoll(line, NULL, 10), expected);
    assert_true(expected > 1);
}

void load_check(const struct load *load, const char *address, const char *data)
{
    AUTO(http_client) struct http_client *http = http_client_open(address);
    for (int i = 0; i < load->threads; i++)
        for (int loan = 0; loan < load->clients[i]->loans; loan++)
            check_loan(load->clients[i], http, loan);
    check_positions(data);
}

void load_destroy(struct load *load)
{
    if (!load)
        return;
    for (int i = 0; i < load->threads; i++) {
        http_client_close(load->clients[i]->http);
        free(load->clients[i]);
    }
    free(load);
}
