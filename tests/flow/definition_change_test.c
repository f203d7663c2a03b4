/* A read model's definition changes while clients read and write: real endpoints, a real projector.
 * One query endpoint was started with the old files, one with the new ones; neither is restarted,
 * and neither may fail a read or show anything older than it has shown. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#define READERS    5
#define PAUSE_MS   8 /* of a reader between two reads: 500 reads/s of all together, and more */
#define READS_MOST 60000
#define PRODUCTS   4

static const char old_definition[] =
    "-- schema\n"
    "CREATE TABLE till (product TEXT PRIMARY KEY, pieces INTEGER NOT NULL) STRICT;\n"
    "-- on inventory.received.v1\n"
    "INSERT INTO till VALUES (:id, :data ->> 'quantity')\n"
    "    ON CONFLICT DO UPDATE SET pieces = pieces + excluded.pieces;\n"
    "-- query till_total\n"
    "SELECT sum(pieces) AS pieces FROM till;\n";

static const char new_definition[] =
    "-- schema\n"
    "CREATE TABLE till (product TEXT PRIMARY KEY, deliveries INTEGER NOT NULL,\n"
    "                   received INTEGER NOT NULL) STRICT;\n"
    "CREATE TABLE till_day (day TEXT PRIMARY KEY, deliveries INTEGER NOT NULL) STRICT;\n"
    "-- on inventory.received.v1\n"
    "INSERT INTO till VALUES (:id, 1, :data ->> 'quantity')\n"
    "    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1,\n"
    "                              received = received + excluded.received;\n"
    "INSERT INTO till_day VALUES (substr(:time, 1, 10), 1)\n"
    "    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1;\n"
    "-- query till_total\n"
    "SELECT sum(received) AS received, sum(deliveries) AS deliveries FROM till;\n";

struct shop {
    const char *data;
    char *old_models, *new_models;
    struct annal_process commands, projector, queries[2]; /* with the old files, with the new */
    char address[2][64], commands_address[64];
    atomic_bool over;
    _Atomic int64_t reads, reads_of_new, writes;
    pthread_mutex_t mutex;
    char fault[400]; /* the first one; under the mutex */
};

struct reader {
    struct shop *shop;
    pthread_t thread;
    int number;
    int64_t position[2], pieces[2]; /* shown by each endpoint; the pieces of one path */
};

static char *make_models(const char *data, const char *name, const char *definition)
{
    struct text path = {0};
    AUTO(text) struct text file = {0};
    text_printf(&path, "%s/%s", data, name);
    assert_int_equal(mkdir(path.at, 0700), 0);
    text_printf(&file, "%s/till.sql", path.at);
    test_file_write(file.at, definition);
    return text_take(&path);
}

static void start_queries(struct shop *shop, int which, const char *models)
{
    annal_start(
        &shop->queries[which], shop->data,
        (const char *[]){"queries", "--queries-listen", "127.0.0.1:0", "--models", models, NULL});
    snprintf(shop->address[which], sizeof shop->address[which], "%s",
             annal_address(&shop->queries[which], NULL));
}

static void start_projector(struct shop *shop, const char *models)
{
    annal_start(&shop->projector, shop->data,
                (const char *[]){"projector", "till", "--bus", "log:", "--models", models, NULL});
}

static int begin(void **state)
{
    struct shop *shop = calloc(1, sizeof *shop);
    assert_non_null(shop);
    assert_int_equal(pthread_mutex_init(&shop->mutex, NULL), 0);
    shop->data = test_directory_make();
    shop->old_models = make_models(shop->data, "old", old_definition);
    shop->new_models = make_models(shop->data, "new", new_definition);
    annal_start(
        &shop->commands, shop->data,
        (const char *[]){"commands", "--bus", "log:", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(shop->commands_address, sizeof shop->commands_address, "%s",
             annal_address(&shop->commands, NULL));
    start_projector(shop, shop->old_models);
    start_queries(shop, 0, shop->old_models);
    start_queries(shop, 1, shop->new_models);
    *state = shop;
    return 0;
}

static int end(void **state)
{
    struct shop *shop = *state;
    struct annal_process *all[] = {&shop->queries[0], &shop->queries[1], &shop->projector,
                                   &shop->commands};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->pid)
            annal_stop(all[i], 20);
    test_directory_remove(shop->data);
    pthread_mutex_destroy(&shop->mutex);
    free(shop->old_models);
    free(shop->new_models);
    free(shop);
    return 0;
}

static void tell_fault(struct shop *shop, const char *path, const char *what, long long a,
                       const char *b)
{
    pthread_mutex_lock(&shop->mutex);
    if (!shop->fault[0])
        snprintf(shop->fault, sizeof shop->fault, "%s: %s %lld %.250s", path, what, a, b);
    pthread_mutex_unlock(&shop->mutex);
}

/* The pieces of an answer, whichever definition it is of; -1 if it is neither's. */
static int64_t pieces_of(struct shop *shop, const struct http_reply *reply)
{
    AUTO(json) json_t *body = json_loads(reply->body.at, 0, NULL);
    const json_t *rows = json_object_get(body, "rows");
    const json_t *row = rows ? json_array_get(rows, 0) : body;
    if (json_object_get(row, "pieces"))
        return json_int_or(row, "pieces", -1);
    if (!json_object_get(row, "deliveries"))
        return -1;
    atomic_fetch_add(&shop->reads_of_new, 1);
    return json_int_or(row, "received", -1);
}

static void check_reply(struct reader *reader, int which, const char *path,
                        struct http_reply *reply)
{
    struct shop *shop = reader->shop;
    const char *header = http_reply_header(reply, "Annal-Position");
    int64_t position = header ? atoll(header) : -1;
    int64_t pieces = reply->status == 200 ? pieces_of(shop, reply) : -1;
    if (reply->status != 200 || pieces < 0)
        tell_fault(shop, path, "failed", reply->status, reply->body.at);
    else if (position < reader->position[which])
        tell_fault(shop, path, "went back to position", position, header);
    else if (pieces < reader->pieces[which])
        tell_fault(shop, path, "lost pieces, has", pieces, reply->body.at);
    reader->position[which] = position;
    reader->pieces[which] = pieces;
}

/* Each reader keeps to one path, so that its numbers can only grow. */
static void *read_all_the_time(void *argument)
{
    static const char *const paths[READERS] = {"/read/till/P-0", "/read/till/P-1",
                                               "/query/till_total", "/read/till?product=P-2",
                                               "/read/till/P-3"};
    struct reader *reader = argument;
    struct shop *shop = reader->shop;
    AUTO(http_client) struct http_client *first = http_client_open(shop->address[0]);
    AUTO(http_client) struct http_client *second = http_client_open(shop->address[1]);
    AUTO(http_reply) struct http_reply reply = {0};
    const char *path = paths[reader->number];
    for (int which = 0; !atomic_load(&shop->over); which = !which) {
        struct http_call call = {.path = path};
        if (http_client_try(which ? second : first, &call, &reply))
            check_reply(reader, which, path, &reply);
        else
            tell_fault(shop, path, "no answer", 0, "");
        if (atomic_fetch_add(&shop->reads, 1) > READS_MOST)
            break;
        test_pause_ms(PAUSE_MS);
    }
    return NULL;
}

static bool receive(struct http_client *client, int product, struct http_reply *reply)
{
    char path[64];
    snprintf(path, sizeof path, "/commands/inventory/P-%d/receive", product);
    struct http_call call = {.method = "POST",
                             .path = path,
                             .headers = {"Content-Type: application/json"},
                             .body = "{\"quantity\":3}"};
    return http_client_try(client, &call, reply) && reply->status < 300;
}

static void *write_all_the_time(void *argument)
{
    struct shop *shop = argument;
    AUTO(http_client) struct http_client *client = http_client_open(shop->commands_address);
    AUTO(http_reply) struct http_reply reply = {0};
    for (int i = 0; !atomic_load(&shop->over); i++) {
        if (!receive(client, i % PRODUCTS, &reply))
            tell_fault(shop, "receive", "failed", reply.status, "");
        atomic_fetch_add(&shop->writes, 1);
        test_pause_ms(2);
    }
    return NULL;
}

static bool has_fault(struct shop *shop)
{
    pthread_mutex_lock(&shop->mutex);
    bool has = shop->fault[0] != '\0';
    pthread_mutex_unlock(&shop->mutex);
    return has;
}

#define EVENTS 4000 /* so that building takes a while */

/* So that there is a row for every reader, and something to build. */
static void fill(struct shop *shop)
{
    AUTO(text) struct text lines = {0}, path = {0}, to = {0};
    text_printf(&path, "%s/lines", shop->data);
    text_printf(&to, "http://%s", shop->commands_address);
    for (int i = 0; i < EVENTS; i++)
        text_printf(&lines,
                    "{\"category\":\"inventory\",\"id\":\"P-%d\",\"command\":\"receive\","
                    "\"data\":{\"quantity\":3}}\n",
                    i % PRODUCTS);
    test_file_write(path.at, lines.at);
    assert_int_equal(
        annal_run(shop->data, (const char *[]){"send", "--to", to.at, path.at, NULL}, NULL, NULL),
        0);
}

static void check_old_rows(struct shop *shop)
{
    for (int which = 0; which < 2; which++) {
        AUTO(http_client) struct http_client *client = http_client_open(shop->address[which]);
        AUTO(http_reply) struct http_reply reply = {0};
        struct http_call call = {.path = "/read/till/P-3",
                                 .headers = {"Annal-Min-Position: 4000", "Prefer: wait=30"},
                                 .timeout_seconds = 40};
        http_client_call(client, &call, &reply);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.body.at, "{\"product\":\"P-3\",\"pieces\":3000}");
    }
}

static void change_definition(struct shop *shop)
{
    wait_until(30, atomic_load(&shop->reads) > 500 || has_fault(shop));
    assert_int_equal(annal_stop(&shop->projector, 20), 0);
    start_projector(shop, shop->new_models);
    wait_until(60, atomic_load(&shop->reads_of_new) > 500 || has_fault(shop));
}

static void readers_cross_a_change_of_definition_without_a_failed_or_backward_read(void **state)
{
    struct shop *shop = *state;
    struct reader readers[READERS];
    pthread_t writer;
    fill(shop);
    check_old_rows(shop);
    assert_int_equal(pthread_create(&writer, NULL, write_all_the_time, shop), 0);
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.shop = shop, .number = i};
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_all_the_time, &readers[i]),
                         0);
    }
    change_definition(shop);
    atomic_store(&shop->over, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i].thread, NULL);
    pthread_join(writer, NULL);
    assert_string_equal(shop->fault, "");
    assert_true(atomic_load(&shop->writes) > 100);
}

/* Both endpoints know by now what only the new definition has. */
static void afterwards_both_endpoints_have_the_new_tables(void **state)
{
    struct shop *shop = *state;
    for (int which = 0; which < 2; which++) {
        AUTO(http_reply) struct http_reply reply = {0};
        http_get(shop->address[which], "/read/till_day", &reply);
        assert_int_equal(reply.status, 200);
        http_get(shop->address[which], "/read", &reply);
        assert_text_contains(reply.body.at, "\"name\":\"till_day\"");
        http_get(shop->address[which], "/read/till?pieces=3", &reply);
        http_reply_check_problem(&reply, 400, "invalid-parameter");
    }
    assert_int_equal(annal_run(shop->data, (const char *[]){"check", "till", NULL}, NULL, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_cross_a_change_of_definition_without_a_failed_or_backward_read),
        cmocka_unit_test(afterwards_both_endpoints_have_the_new_tables),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
