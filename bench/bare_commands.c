/* The baseline of the command path: a bare libmicrohttpd handler that stores the requests.
 *
 *     bare_commands DATA SCHEMA.sql      prints "ready bare http://127.0.0.1:PORT", ends on SIGTERM
 *
 * For each POST /commands/order/{id}/create it writes the texts that annal writes, of the same
 * lengths: a stream, an order.created.v1, and an order.item.added.v1 for each item. One thread inserts
 * all waiting requests, at most 256, in one transaction; its COMMIT syncs before they are answered with a
 * body as long as annal's. It parses, validates, decides, caches and hashes nothing, and takes ids from a
 * counter. It must never be used for anything else.
 *
 * It is a yardstick: its schema (bare_schema.sql), its pragmas and its work per command stay as they are
 * when annal's change.
 */
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_MOST  256
#define ITEMS_MOST  16
#define BODY_MOST   4096
#define ANSWER_MOST 2048
#define THREADS     2 /* as annal's HTTP server has */

struct request {
    struct MHD_Connection *connection;
    char id[129];
    char body[BODY_MOST];
    size_t length;
    char answer[ANSWER_MOST];
    size_t answer_length;
    struct request *next;
};

struct bare {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct request *first, **last; /* the queue, mutex */
    bool stopping;                 /* mutex */

    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *add_stream, *add_event;
    int64_t position, streams;
    uint64_t counter;
};

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bare_commands: %s\n", what);
    exit(1);
}

/* --- storing --------------------------------------------------------------------------------- */

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* As long as a UUID; a number instead of random digits. */
static void write_id(struct bare *bare, char out[37])
{
    snprintf(out, 37, "%08x-0000-4000-8000-%012llx", (unsigned)bare->streams,
             (unsigned long long)++bare->counter);
}

static void run(struct bare *bare, sqlite3_stmt *statement)
{
    check(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(bare->db));
    sqlite3_reset(statement);
}

static void add_stream(struct bare *bare, const struct request *request)
{
    sqlite3_bind_int64(bare->add_stream, 1, ++bare->streams);
    sqlite3_bind_text(bare->add_stream, 2, "order", -1, SQLITE_STATIC);
    sqlite3_bind_text(bare->add_stream, 3, request->id, -1, SQLITE_STATIC);
    run(bare, bare->add_stream);
}

static void add_event(struct bare *bare, int version, int type, const char *id, const char *data,
                      const char *meta)
{
    char hash[32] = {0};
    int64_t time = now_us();
    memcpy(hash, &bare->counter, sizeof bare->counter);
    sqlite3_bind_int64(bare->add_event, 1, ++bare->position);
    sqlite3_bind_int64(bare->add_event, 2, bare->streams);
    sqlite3_bind_int(bare->add_event, 3, version);
    sqlite3_bind_int(bare->add_event, 4, type);
    sqlite3_bind_int64(bare->add_event, 5, time);
    sqlite3_bind_text(bare->add_event, 6, id, 36, SQLITE_STATIC);
    sqlite3_bind_text(bare->add_event, 7, data, -1, SQLITE_STATIC);
    sqlite3_bind_text(bare->add_event, 8, meta, -1, SQLITE_STATIC);
    sqlite3_bind_blob(bare->add_event, 9, hash, sizeof hash, SQLITE_STATIC);
    run(bare, bare->add_event);
}

static void answer(struct request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void answer(struct request *request, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = ANSWER_MOST - request->answer_length;
    int length = vsnprintf(request->answer + request->answer_length, room, format, arguments);
    va_end(arguments);
    check(length >= 0 && (size_t)length < room, "the answer does not fit");
    request->answer_length += (size_t)length;
}

static void answer_event(struct request *request, const char *id, const char *type,
                         int64_t position)
{
    answer(request, "{\"id\":\"%s\",\"type\":\"%s\",\"position\":%lld}", id, type,
           (long long)position);
}

/* The rows and texts of `order create`, as annal has them; only the number of items is looked up in
 * the body. */
static void store(struct bare *bare, struct request *request)
{
    static const char created[] = "{\"customerId\":\"CUST-000000\",\"currency\":\"EUR\","
                                  "\"orderedAt\":\"2026-11-23T10:00:00.000000Z\"}";
    static const char added[] =
        "{\"line\":1,\"productId\":\"SKU-0000\",\"quantity\":3,\"unitPrice\":1999}";
    char id[37], meta[256];
    int items = 0;
    for (const char *at = request->body; (at = strstr(at, "productId")); at++)
        items++;
    add_stream(bare, request);
    write_id(bare, id);
    snprintf(meta, sizeof meta,
             "{\"correlationid\":\"%s\",\"causationid\":\"%s\","
             "\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\"}",
             id, id);
    int64_t last = bare->position + 1 + items;
    answer(request, "{\"stream\":\"order/%s\",\"version\":%d,\"position\":%lld,\"events\":[",
           request->id, 1 + items, (long long)last);
    add_event(bare, 1, 1, id, created, meta);
    answer_event(request, id, "order.created.v1", bare->position);
    for (int i = 0; i < items; i++) {
        write_id(bare, id);
        add_event(bare, 2 + i, 2, id, added, meta);
        answer(request, ",");
        answer_event(request, id, "order.item.added.v1", bare->position);
    }
    answer(request, "]}");
}

/* Waits for requests and takes them all; 0 at the end. */
static size_t take_batch(struct bare *bare, struct request *batch[BATCH_MOST])
{
    size_t count = 0;
    pthread_mutex_lock(&bare->mutex);
    while (!bare->first && !bare->stopping)
        pthread_cond_wait(&bare->wake, &bare->mutex);
    while (bare->first && count < BATCH_MOST) {
        batch[count++] = bare->first;
        bare->first = bare->first->next;
    }
    if (!bare->first)
        bare->last = &bare->first;
    pthread_mutex_unlock(&bare->mutex);
    return count;
}

static void *write_batches(void *argument)
{
    struct bare *bare = argument;
    struct request *batch[BATCH_MOST];
    size_t count;
    pthread_setname_np(pthread_self(), "bare-writer");
    while ((count = take_batch(bare, batch)) > 0) {
        run(bare, bare->begin);
        for (size_t i = 0; i < count; i++)
            store(bare, batch[i]);
        run(bare, bare->commit);
        for (size_t i = 0; i < count; i++)
            MHD_resume_connection(batch[i]->connection);
    }
    return NULL;
}

/* --- HTTP ------------------------------------------------------------------------------------ */

static enum MHD_Result begin_request(struct MHD_Connection *connection, const char *url,
                                     void **context)
{
    struct request *request = malloc(sizeof *request);
    check(request, "out of memory");
    request->connection = connection;
    request->length = request->answer_length = 0;
    if (sscanf(url, "/commands/order/%128[^/]/create", request->id) != 1)
        snprintf(request->id, sizeof request->id, "?");
    *context = request;
    return MHD_YES;
}

static enum MHD_Result take_piece(struct request *request, const char *piece, size_t *bytes)
{
    check(request->length + *bytes < BODY_MOST, "the body does not fit");
    memcpy(request->body + request->length, piece, *bytes);
    request->length += *bytes;
    *bytes = 0;
    return MHD_YES;
}

/* Suspends under the mutex, so that no request is suspended after the writer has ended. */
static enum MHD_Result hand_over(struct bare *bare, struct request *request)
{
    request->body[request->length] = '\0';
    request->next = NULL;
    pthread_mutex_lock(&bare->mutex);
    bool taken = !bare->stopping;
    if (taken) {
        MHD_suspend_connection(request->connection);
        *bare->last = request;
        bare->last = &request->next;
        pthread_cond_signal(&bare->wake);
    }
    pthread_mutex_unlock(&bare->mutex);
    return taken ? MHD_YES : MHD_NO;
}

static enum MHD_Result send_answer(const struct request *request)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        request->answer_length, (void *)request->answer, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(request->connection, 201, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *bare, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *piece,
                                  size_t *bytes, void **context)
{
    (void)method, (void)version;
    struct request *request = *context;
    if (!request)
        return begin_request(connection, url, context);
    if (*bytes > 0)
        return take_piece(request, piece, bytes);
    return request->answer_length ? send_answer(request) : hand_over(bare, request);
}

static void on_completed(void *bare, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
    (void)bare, (void)connection, (void)why;
    free(*context);
}

/* --- the program ----------------------------------------------------------------------------- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    check(file, path);
    char *text = NULL;
    size_t capacity = 0;
    check(getdelim(&text, &capacity, '\0', file) > 0, path);
    fclose(file);
    return text;
}

static void execute(struct bare *bare, const char *sql)
{
    check(sqlite3_exec(bare->db, sql, NULL, NULL, NULL) == SQLITE_OK, sqlite3_errmsg(bare->db));
}

static void prepare(struct bare *bare, const char *sql, sqlite3_stmt **ret)
{
    check(sqlite3_prepare_v3(bare->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) == SQLITE_OK,
          sqlite3_errmsg(bare->db));
}

/* The pragmas are those that base/db.c and event_store/sqlite/event_log.c had when the yardstick was frozen. */
static void open_log(struct bare *bare, const char *data, const char *schema)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/events.db", data);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    check(sqlite3_open_v2(path, &bare->db, flags, NULL) == SQLITE_OK, path);
    execute(bare, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                  "PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16384");
    char *sql = read_file(schema);
    execute(bare, sql);
    free(sql);
    execute(bare, "INSERT INTO types VALUES (1, 'order.created.v1'), (2, 'order.item.added.v1')");
    prepare(bare, "BEGIN IMMEDIATE", &bare->begin);
    prepare(bare, "COMMIT", &bare->commit);
    prepare(bare, "INSERT INTO streams VALUES (?1, ?2, ?3)", &bare->add_stream);
    prepare(bare, "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &bare->add_event);
}

static void close_log(struct bare *bare)
{
    sqlite3_stmt *statements[] = {bare->begin, bare->commit, bare->add_stream, bare->add_event};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        sqlite3_finalize(statements[i]);
    check(sqlite3_close(bare->db) == SQLITE_OK, "a statement was left open");
}

static struct MHD_Daemon *start_http(struct bare *bare)
{
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0,
                         NULL, NULL, on_request, bare, MHD_OPTION_THREAD_POOL_SIZE, THREADS,
                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    check(daemon, strerror(errno));
    printf("ready bare http://127.0.0.1:%d\n",
           MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    return daemon;
}

int main(int count, char **arguments)
{
    static struct bare bare = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                               .wake = PTHREAD_COND_INITIALIZER};
    pthread_t writer;
    sigset_t stop;
    int signal;
    check(count == 3, "usage: bare_commands DATA SCHEMA.sql");
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);

    bare.last = &bare.first;
    open_log(&bare, arguments[1], arguments[2]);
    check(pthread_create(&writer, NULL, write_batches, &bare) == 0, "cannot start the writer");
    struct MHD_Daemon *daemon = start_http(&bare);
    sigwait(&stop, &signal);

    pthread_mutex_lock(&bare.mutex);
    bare.stopping = true;
    pthread_cond_signal(&bare.wake);
    pthread_mutex_unlock(&bare.mutex);
    pthread_join(writer, NULL);
    MHD_stop_daemon(daemon);
    close_log(&bare);
    return 0;
}
