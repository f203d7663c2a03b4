/* A read model's definition changes while clients read and write: real endpoints, a real projector.
 * One query endpoint was started with the old files, one with the new ones; neither is restarted, fails a
 * read, or shows an older row than before. */
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
#define BOOKS      4

static const char old_definition[] =
    "-- schema\n"
    "CREATE TABLE stacks (book TEXT PRIMARY KEY, volumes INTEGER NOT NULL) STRICT;\n"
    "-- on shelf.stocked.v1\n"
    "INSERT INTO stacks VALUES (:id, :data ->> 'copies')\n"
    "    ON CONFLICT DO UPDATE SET volumes = volumes + excluded.volumes;\n"
    "-- query stacks_total\n"
    "SELECT sum(volumes) AS volumes FROM stacks;\n";

static const char new_definition[] =
    "-- schema\n"
    "CREATE TABLE stacks (book TEXT PRIMARY KEY, deliveries INTEGER NOT NULL,\n"
    "                   received INTEGER NOT NULL) STRICT;\n"
    "CREATE TABLE stacks_day (day TEXT PRIMARY KEY, deliveries INTEGER NOT NULL) STRICT;\n"
    "-- on shelf.stocked.v1\n"
    "INSERT INTO stacks VALUES (:id, 1, :data ->> 'copies')\n"
    "    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1,\n"
    "                              received = received + excluded.received;\n"
    "INSERT INTO stacks_day VALUES (substr(:time, 1, 10), 1)\n"
    "    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1;\n"
    "-- query stacks_total\n"
    "SELECT sum(received) AS received, sum(deliveries) AS deliveries FROM stacks;\n";

struct instance {
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
    struct instance *instance;
    pthread_t thread;
    int number;
    int64_t position[2], volumes[2]; /* shown by each endpoint; the volumes of one path */
};

static char *make_models(const char *data, const char *name, const char *definition)
{
    struct text path = {0};
    AUTO(text) struct text file = {0};
    text_printf(&path, "%s/%s", data, name);
    assert_int_equal(mkdir(path.at, 0700), 0);
    text_printf(&file, "%s/stacks.sql", path.at);
    test_file_write(file.at, definition);
    return text_take(&path);
}

static void start_queries(struct instance *instance, int which, const char *models)
{
    annal_start(
        &instance->queries[which], instance->data,
        (const char *[]){"queries", "--queries-listen", "127.0.0.1:0", "--models", models, NULL});
    snprintf(instance->address[which], sizeof instance->address[which], "%s",
             annal_address(&instance->queries[which], NULL));
}

static void start_projector(struct instance *instance, const char *models)
{
    annal_start(&instance->projector, instance->data,
                (const char *[]){"projector", "stacks", "--bus", "log:", "--models", models, NULL});
}

static int begin(void **state)
{
    struct instance *instance = calloc(1, sizeof *instance);
    assert_non_null(instance);
    assert_int_equal(pthread_mutex_init(&instance->mutex, NULL), 0);
    instance->data = test_directory_make();
    instance->old_models = make_models(instance->data, "old", old_definition);
    instance->new_models = make_models(instance->data, "new", new_definition);
    annal_start(
        &instance->commands, instance->data,
        (const char *[]){"commands", "--bus", "log:", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(instance->commands_address, sizeof instance->commands_address, "%s",
             annal_address(&instance->commands, NULL));
    start_projector(instance, instance->old_models);
    start_queries(instance, 0, instance->old_models);
    start_queries(instance, 1, instance->new_models);
    *state = instance;
    return 0;
}

static int end(void **state)
{
    struct instance *instance = *state;
    struct annal_process *all[] = {&instance->queries[0], &instance->queries[1],
                                   &instance->projector, &instance->commands};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->pid)
            annal_stop(all[i], 20);
    test_directory_remove(instance->data);
    pthread_mutex_destroy(&instance->mutex);
    free(instance->old_models);
    free(instance->new_models);
    free(instance);
    return 0;
}

static void record_fault(struct instance *instance, const char *path, const char *what, long long a,
                         const char *b)
{
    pthread_mutex_lock(&instance->mutex);
    if (!instance->fault[0])
        snprintf(instance->fault, sizeof instance->fault, "%s: %s %lld %.250s", path, what, a, b);
    pthread_mutex_unlock(&instance->mutex);
}

/* The volumes in an answer of either definition; -1 if it is of neither. */
static int64_t volumes_of(struct instance *instance, const struct http_reply *reply)
{
    AUTO(json) json_t *body = json_loads(reply->body.at, 0, NULL);
    const json_t *rows = json_object_get(body, "rows");
    const json_t *row = rows ? json_array_get(rows, 0) : body;
    if (json_object_get(row, "volumes"))
        return json_int_or(row, "volumes", -1);
    if (!json_object_get(row, "deliveries"))
        return -1;
    atomic_fetch_add(&instance->reads_of_new, 1);
    return json_int_or(row, "received", -1);
}

static void check_reply(struct reader *reader, int which, const char *path,
                        struct http_reply *reply)
{
    struct instance *instance = reader->instance;
    const char *header = http_reply_header(reply, "Annal-Position");
    int64_t position = header ? atoll(header) : -1;
    int64_t volumes = reply->status == 200 ? volumes_of(instance, reply) : -1;
    if (reply->status != 200 || volumes < 0)
        record_fault(instance, path, "failed", reply->status, reply->body.at);
    else if (position < reader->position[which])
        record_fault(instance, path, "went back to position", position, header);
    else if (volumes < reader->volumes[which])
        record_fault(instance, path, "lost volumes, has", volumes, reply->body.at);
    reader->position[which] = position;
    reader->volumes[which] = volumes;
}

/* Each reader reads one path, so its numbers only grow. */
static void *read_all_the_time(void *argument)
{
    static const char *const paths[READERS] = {"/read/stacks/B-0", "/read/stacks/B-1",
                                               "/query/stacks_total", "/read/stacks?book=B-2",
                                               "/read/stacks/B-3"};
    struct reader *reader = argument;
    struct instance *instance = reader->instance;
    AUTO(http_client) struct http_client *first = http_client_open(instance->address[0]);
    AUTO(http_client) struct http_client *second = http_client_open(instance->address[1]);
    AUTO(http_reply) struct http_reply reply = {0};
    const char *path = paths[reader->number];
    for (int which = 0; !atomic_load(&instance->over); which = !which) {
        struct http_call call = {.path = path};
        if (http_client_try(which ? second : first, &call, &reply))
            check_reply(reader, which, path, &reply);
        else
            record_fault(instance, path, "no answer", 0, "");
        if (atomic_fetch_add(&instance->reads, 1) > READS_MOST)
            break;
        test_pause_ms(PAUSE_MS);
    }
    return NULL;
}

static bool stock(struct http_client *client, int book, struct http_reply *reply)
{
    char path[64];
    snprintf(path, sizeof path, "/commands/shelf/B-%d/stock", book);
    struct http_call call = {.method = "POST",
                             .path = path,
                             .headers = {"Content-Type: application/json"},
                             .body = "{\"copies\":3}"};
    return http_client_try(client, &call, reply) && reply->status < 300;
}

static void *write_all_the_time(void *argument)
{
    struct instance *instance = argument;
    AUTO(http_client) struct http_client *client = http_client_open(instance->commands_address);
    AUTO(http_reply) struct http_reply reply = {0};
    for (int i = 0; !atomic_load(&instance->over); i++) {
        if (!stock(client, i % BOOKS, &reply))
            record_fault(instance, "stock", "failed", reply.status, "");
        atomic_fetch_add(&instance->writes, 1);
        test_pause_ms(2);
    }
    return NULL;
}

static bool has_fault(struct instance *instance)
{
    pthread_mutex_lock(&instance->mutex);
    bool has = instance->fault[0] != '\0';
    pthread_mutex_unlock(&instance->mutex);
    return has;
}

#define EVENTS 4000 /* so that building takes a while */

/* A row for every reader, and something to build. */
static void fill(struct instance *instance)
{
    AUTO(text) struct text lines = {0}, path = {0}, to = {0};
    text_printf(&path, "%s/lines", instance->data);
    text_printf(&to, "http://%s", instance->commands_address);
    for (int i = 0; i < EVENTS; i++)
        text_printf(&lines,
                    "{\"category\":\"shelf\",\"id\":\"B-%d\",\"command\":\"stock\","
                    "\"data\":{\"copies\":3}}\n",
                    i % BOOKS);
    test_file_write(path.at, lines.at);
    assert_int_equal(annal_run(instance->data,
                               (const char *[]){"send", "--to", to.at, path.at, NULL}, NULL, NULL),
                     0);
}

static void check_old_rows(struct instance *instance)
{
    for (int which = 0; which < 2; which++) {
        AUTO(http_client) struct http_client *client = http_client_open(instance->address[which]);
        AUTO(http_reply) struct http_reply reply = {0};
        struct http_call call = {.path = "/read/stacks/B-3",
                                 .headers = {"Annal-Min-Position: 4000", "Prefer: wait=30"},
                                 .timeout_seconds = 40};
        http_client_call(client, &call, &reply);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.body.at, "{\"book\":\"B-3\",\"volumes\":3000}");
    }
}

static void change_definition(struct instance *instance)
{
    wait_until(30, atomic_load(&instance->reads) > 500 || has_fault(instance));
    assert_int_equal(annal_stop(&instance->projector, 20), 0);
    start_projector(instance, instance->new_models);
    wait_until(60, atomic_load(&instance->reads_of_new) > 500 || has_fault(instance));
}

static void a_change_of_definition_causes_no_failed_and_no_backward_read(void **state)
{
    struct instance *instance = *state;
    struct reader readers[READERS];
    pthread_t writer;
    fill(instance);
    check_old_rows(instance);
    assert_int_equal(pthread_create(&writer, NULL, write_all_the_time, instance), 0);
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.instance = instance, .number = i};
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_all_the_time, &readers[i]),
                         0);
    }
    change_definition(instance);
    atomic_store(&instance->over, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i].thread, NULL);
    pthread_join(writer, NULL);
    assert_string_equal(instance->fault, "");
    assert_true(atomic_load(&instance->writes) > 100);
}

/* Both endpoints serve what only the new definition has. */
static void afterwards_both_endpoints_have_the_new_tables(void **state)
{
    struct instance *instance = *state;
    for (int which = 0; which < 2; which++) {
        AUTO(http_reply) struct http_reply reply = {0};
        http_get(instance->address[which], "/read/stacks_day", &reply);
        assert_int_equal(reply.status, 200);
        http_get(instance->address[which], "/read", &reply);
        assert_text_contains(reply.body.at, "\"name\":\"stacks_day\"");
        http_get(instance->address[which], "/read/stacks?volumes=3", &reply);
        http_reply_check_problem(&reply, 400, "invalid-parameter");
    }
    assert_int_equal(
        annal_run(instance->data, (const char *[]){"check", "stacks", NULL}, NULL, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_of_definition_causes_no_failed_and_no_backward_read),
        cmocka_unit_test(afterwards_both_endpoints_have_the_new_tables),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
