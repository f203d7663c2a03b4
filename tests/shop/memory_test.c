/* A thousand clients that send what costs most memory, or do not read what they asked for: the
 * endpoints' private memory stays under 128 MiB, and a client of another address is served all the
 * time. A sanitizer multiplies memory, so this test needs a build without one: test.sh makes it. */
#include "tests/support/annal_process.h"
#include "tests/support/crowd.h"
#include "tests/support/http_client.h"

#include <stdio.h>
#include <sys/stat.h>

#define MIB         ((size_t)1024 * 1024)
#define MOST_BYTES  (128 * MIB)
#define CLIENTS     1000
#define ADDRESSES   10
#define ROUNDS      20 /* requests of the other client, at least, under each load */
#define LARGE_NOTES 12

static const char *data;
static struct annal_process commands, queries;
static char commands_at[64], queries_at[64];
static struct http_client *writer, *reader;

#define NOTE_SCHEMA                                                                                \
    "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}},\"examples\":[{}]}"
#define MODEL                                                                                      \
    "-- schema\nCREATE TABLE notes (id TEXT PRIMARY KEY, text TEXT) STRICT;\n"                     \
    "-- on note.written.v1\nINSERT INTO notes VALUES (:id, :data ->> 'text');\n"                   \
    "-- query wide (kib integer, tag text)\n"                                                      \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :kib)\n"             \
    "SELECT :tag AS tag, printf('%.*c', 1000, 'x') AS text FROM n;\n"

static void put(const char *folder, const char *file, const char *content)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", data, folder);
    mkdir(path.at, 0700);
    text_printf(&path, "/%s", file);
    test_file_write(path.at, content);
}

static void write_large_note(int number)
{
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text path = {0}, note = {0};
    text_printf(&path, "/streams/note/%d", number);
    text_add(&note, "{\"text\":\"");
    memset(text_reserve(&note, MIB - 1000), 'n', MIB - 1000);
    note.length += MIB - 1000;
    text_add(&note, "\"}");
    http_client_call(writer,
                     &(struct http_call){
                         .method = "POST",
                         .path = path.at,
                         .body = note.at,
                         .body_length = note.length,
                         .headers = {"Content-Type: application/json", "ce-specversion: 1.0",
                                     "ce-id: 1", "ce-source: /test", "ce-type: note.written.v1"}},
                     &reply);
    if (reply.status != 200 && reply.status != 201)
        fail_msg("note: %ld %s", reply.status, reply.body.at);
}

static int begin(void **state)
{
    (void)state;
    AUTO(text) struct text own = {0}, models = {0};
    data = test_directory_make();
    text_printf(&own, "%s/own", data);
    text_printf(&models, "%s/models", data);
    mkdir(own.at, 0700);
    put("own/events", "note.written.v1.json", NOTE_SCHEMA);
    put("models", "notes.sql", MODEL);
    annal_start(&commands, data,
                (const char *[]){"commands", "--schemas", own.at, "--bus",
                                 "log:", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(commands_at, sizeof commands_at, "%s", annal_address(&commands, NULL));
    writer = http_client_open_from(commands_at, "127.0.0.2");
    for (int i = 0; i < LARGE_NOTES; i++)
        write_large_note(i);
    assert_int_equal(annal_run(data,
                               (const char *[]){"rebuild", "notes", "--models", models.at,
                                                "--schemas", own.at, NULL},
                               NULL, NULL),
                     0);
    annal_start(&queries, data,
                (const char *[]){"queries", "--models", models.at, "--schemas", own.at,
                                 "--queries-listen", "127.0.0.1:0", NULL});
    snprintf(queries_at, sizeof queries_at, "%s", annal_address(&queries, NULL));
    reader = http_client_open_from(queries_at, "127.0.0.2");
    return 0;
}

static int end(void **state)
{
    (void)state;
    http_client_close(writer);
    http_client_close(reader);
    annal_stop(&commands, 30);
    annal_stop(&queries, 30);
    test_directory_remove(data);
    return 0;
}

/* --- the one who is to be served -------------------------------------------------------------- */

static void send_a_command(void)
{
    static int orders;
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text path = {0};
    text_printf(&path, "/commands/order/ORD-%d/create", orders++);
    http_client_call(writer,
                     &(struct http_call){.method = "POST",
                                         .path = path.at,
                                         .headers = {"Content-Type: application/json"},
                                         .body = "{\"customerId\":\"C\",\"currency\":\"EUR\"}"},
                     &reply);
    if (reply.status != 201)
        fail_msg("a command of another address: %ld %s", reply.status, reply.body.at);
}

static void get(struct http_client *client, const char *path)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_client_call(client, &(struct http_call){.path = path}, &reply);
    if (reply.status != 200)
        fail_msg("%s of another address: %ld %s", path, reply.status, reply.body.at);
}

/* --- memory ----------------------------------------------------------------------------------- */

static size_t private_bytes(const struct annal_process *process)
{
    char path[64], line[256];
    size_t kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", process->pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        (void)sscanf(line, "RssAnon: %zu kB", &kib);
    fclose(file);
    assert_true(kib > 0);
    return kib * 1024;
}

/* The crowd presses on the process until each of it has had its turn and the other was served often
 * enough. */
static void press(const struct annal_process *process, const struct crowd_kind *kinds,
                  size_t kind_count)
{
    size_t most = 0;
    AUTO(crowd)
    struct crowd *crowd = crowd_open(
        &(struct crowd_options){.address = process == &commands ? commands_at : queries_at,
                                .clients = CLIENTS,
                                .addresses = ADDRESSES,
                                .kinds = kinds,
                                .kind_count = (int)kind_count});
    int64_t begin_ms = test_now_ms(), worst_ms = 0;
    for (int served = 0; served < ROUNDS || crowd_done(crowd) < CLIENTS; served++) {
        for (int i = 0; i < 10; i++)
            crowd_step(crowd, 10);
        int64_t before_ms = test_now_ms();
        send_a_command();
        get(writer, "/streams/order/ORD-0");
        get(reader, "/read/notes?fields=id");
        get(reader, "/query/wide?kib=1&tag=other");
        if (test_now_ms() - before_ms > worst_ms)
            worst_ms = test_now_ms() - before_ms;
        size_t bytes = private_bytes(process);
        most = bytes > most ? bytes : most;
        if (test_now_ms() - begin_ms > 60000)
            fail_msg("only %d of %d had their turn", crowd_done(crowd), CLIENTS);
    }
    print_message("# %s: at most %zu MiB, %lld ms, slowest round of the other %lld ms\n",
                  process->role, most / MIB, (long long)(test_now_ms() - begin_ms),
                  (long long)worst_ms);
    assert_in_range(most, 1, MOST_BYTES);
}

/* --- what costs most -------------------------------------------------------------------------- */

enum { OBJECTS, VALUES, ESCAPES, COMMANDS, EVENTS, BODIES };
static struct text bodies[BODIES];

static void fill(int number, const char *begin_text, const char *pattern, size_t times,
                 const char *end_text)
{
    struct text *body = &bodies[number];
    text_add(body, begin_text);
    for (size_t i = 0; i < times; i++) {
        text_add(body, i ? "," : "");
        text_add(body, pattern);
    }
    text_add(body, end_text);
}

static void make_bodies(void)
{
    static const char wrong[] =
        "{\"category\":\"order\",\"id\":\"X\",\"command\":\"create\",\"data\":{\"a\":1,\"b\":1,"
        "\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1}}";
    AUTO(text) struct text event = {0};
    text_add(&event, "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/crowd\",\"type\":"
                     "\"note.written.v1\",\"data\":{\"list\":[");
    for (int i = 0; i < 300; i++)
        text_add(&event, i ? ",{}" : "{}");
    text_add(&event, "]}}");
    fill(OBJECTS, "[", "{}", MIB / 3 - 2, "]");
    fill(VALUES, "{\"items\":[", "{\"a\":{}}", 16000, "]}");
    fill(ESCAPES, "{\"a\":\"", "\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9", 20000,
         "");
    fill(COMMANDS, "{\"commands\":[", wrong, 128, "]}");
    fill(EVENTS, "[", event.at, 100, "]");
}

static void write_post(const char *path, const char *type, int number, struct text *out)
{
    text_printf(out,
                "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
                "Content-Length: %zu\r\n\r\n",
                path, type, bodies[number].length);
}

static void post_objects(int client, struct text *out)
{
    (void)client;
    write_post("/commands/order/create", "application/json", OBJECTS, out);
}

static void post_values(int client, struct text *out)
{
    (void)client;
    write_post("/commands/order/create", "application/json", VALUES, out);
}

static void post_wrong_commands(int client, struct text *out)
{
    (void)client;
    write_post("/commands", "application/json", COMMANDS, out);
}

static void post_events(int client, struct text *out)
{
    char path[64];
    snprintf(path, sizeof path, "/streams/crowd/%d", client);
    write_post(path, "application/cloudevents-batch+json", EVENTS, out);
}

static void announce(int client, struct text *out)
{
    (void)client;
    text_add(out, "POST /commands/order/create HTTP/1.1\r\nHost: localhost\r\n"
                  "Content-Type: application/json\r\nContent-Length: 1048576\r\n\r\n");
}

static void bodies_of_many_values_or_that_do_not_end(void **state)
{
    (void)state;
    static const struct crowd_kind kinds[] = {
        {.write_head = post_objects, .body = &bodies[OBJECTS], .reads = true},
        {.write_head = post_values, .body = &bodies[VALUES], .reads = true},
        {.write_head = announce},
        {.write_head = announce, .body = &bodies[ESCAPES]},
        {.write_head = post_wrong_commands, .body = &bodies[COMMANDS]},
        {.write_head = post_events, .body = &bodies[EVENTS], .reads = true},
    };
    make_bodies();
    press(&commands, kinds, sizeof kinds / sizeof *kinds);
    for (int i = 0; i < BODIES; i++)
        text_finish(&bodies[i]);
}

/* --- what is not read, and what waits --------------------------------------------------------- */

static void get_events(int client, struct text *out)
{
    text_printf(out, "GET /events?after=%d&limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                client % LARGE_NOTES);
}

static void listen_to_events(int client, struct text *out)
{
    (void)client;
    text_add(out, "GET /events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 0\r\n"
                  "Accept: text/event-stream\r\n\r\n");
}

static void add_many(struct text *out, char c, size_t count)
{
    memset(text_reserve(out, count), c, count);
    out->length += count;
    out->at[out->length] = '\0';
}

static void wait_with_a_long_head(int client, struct text *out)
{
    (void)client;
    text_add(out, "GET /events?after=100000000&type=");
    add_many(out, 't', 7000);
    text_add(out, " HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\n");
    for (int i = 0; i < 20; i++) {
        text_printf(out, "X-%d: ", i);
        add_many(out, 'h', 1000);
        text_add(out, "\r\n");
    }
    text_add(out, "\r\n");
}

static void large_events_left_unread_and_long_heads_that_wait(void **state)
{
    (void)state;
    static const struct crowd_kind kinds[] = {
        {.write_head = get_events},
        {.write_head = listen_to_events},
        {.write_head = wait_with_a_long_head},
    };
    press(&commands, kinds, sizeof kinds / sizeof *kinds);
}

static void get_query(int client, struct text *out)
{
    text_printf(out, "GET /query/wide?kib=6000&tag=%d HTTP/1.1\r\nHost: localhost\r\n\r\n", client);
}

static void get_export(int client, struct text *out)
{
    (void)client;
    text_add(out, "GET /read/notes HTTP/1.1\r\nHost: localhost\r\n"
                  "Accept: application/x-ndjson\r\n\r\n");
}

static void listen_to_query(int client, struct text *out)
{
    text_printf(out,
                "GET /query/wide?kib=240&tag=%d HTTP/1.1\r\nHost: localhost\r\n"
                "Accept: text/event-stream\r\n\r\n",
                client);
}

static void listen_with_a_long_target(int client, struct text *out)
{
    text_printf(out, "GET /query/wide?kib=1&tag=%d", client);
    add_many(out, 't', 7900);
    text_add(out, " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
}

static void large_queries_and_live_answers_left_unread(void **state)
{
    (void)state;
    static const struct crowd_kind kinds[] = {
        {.write_head = get_query},
        {.write_head = get_export},
        {.write_head = listen_to_query},
        {.write_head = listen_with_a_long_target},
    };
    press(&queries, kinds, sizeof kinds / sizeof *kinds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_of_many_values_or_that_do_not_end),
        cmocka_unit_test(large_events_left_unread_and_long_heads_that_wait),
        cmocka_unit_test(large_queries_and_live_answers_left_unread),
    };
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return test_skip_program("a_thousand_clients_cost_at_most_128_MiB",
                             "a sanitizer multiplies memory; test.sh runs it without one");
#endif
    return cmocka_run_group_tests(tests, begin, end);
}
