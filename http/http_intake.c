/* A body whose announced length is over the limit is rejected at once; any other is counted while it
 * arrives.
 *
 * The library cannot queue an answer in the middle of an upload, so the 408 for a body that arrives
 * too slowly is written to the socket here: nothing else is being sent at that time. The thread that
 * exchanges body_begun_ms decides whether a body is complete or was answered 408.
 */
#include "http/http_connection.h"

#include <sys/socket.h>

#define KIB         ((size_t)1024)
#define SMALL_BYTES (8 * KIB)
#define GRACE_MS    5000
#define CUT_MS      5000          /* for the client to close after 408 */
#define ANSWERED    ((int64_t)-1) /* body_begun_ms of a request that was answered 408 */

static void use_default(size_t *limit, size_t fallback)
{
    *limit = *limit ? *limit : fallback;
}

static struct http_connection *connection_of(const struct http_holding *holding)
{
    return (struct http_connection *)((char *)holding - offsetof(struct http_connection, intake));
}

static uint64_t received(const struct http_holding *holding)
{
    return atomic_load_explicit(&connection_of(holding)->received_bytes, memory_order_relaxed);
}

/* Its thread frees the memory only when it sees the connection closed. So both directions are shut
 * down, although the client may lose the answer. */
static void cut(struct http_holding *holding)
{
    (void)http_intake_answer_slow(connection_of(holding));
    shutdown(connection_of(holding)->fd, SHUT_RDWR);
}

void http_intake_init(struct http_intake *intake, const struct http_limits *limits, bool apart)
{
    struct http_limits *own = &intake->limits;
    *own = *limits;
    use_default(&own->body_bytes, KIB * KIB);
    use_default(&own->body_values, 32 * KIB);
    use_default(&own->body_bytes_per_second, KIB);
    use_default(&own->bodies_in_flight_bytes, 32 * KIB * KIB);
    use_default(&own->answers_in_flight_bytes, 16 * KIB * KIB);
    own->connections = own->connections ? own->connections : 4096;
    if (!own->connections_per_address)
        own->connections_per_address = (own->connections + 1) / 2;
    own->idle_seconds = own->idle_seconds ? own->idle_seconds : 60;
    own->request_seconds = own->request_seconds ? own->request_seconds : 30;
    own->threads = own->threads ? own->threads : 2;
    http_budget_init(&intake->budget, apart ? NULL : "bodies", own->bodies_in_flight_bytes,
                     SMALL_BYTES, received, cut);
}

void http_intake_finish(struct http_intake *intake)
{
    http_budget_finish(&intake->budget);
}

static enum err refuse(const struct http_intake *intake, enum err err, struct error *error)
{
    if (err == ERR_TOO_LARGE)
        return error_set(error, err, "the body is larger than %zu bytes",
                         intake->limits.body_bytes);
    return error_set(error, err,
                     "too many large bodies are being received or processed; try again");
}

/* A long target is kept with the request, both decoded and as it arrived. */
enum err http_intake_reserve_target(struct http_intake *intake, struct http_connection *connection,
                                    struct error *error)
{
    const struct http_request *request = &connection->request;
    size_t bytes = request->path.length + request->query.length;
    return bytes > SMALL_BYTES ? http_intake_reserve(intake, connection, 3 * bytes, error) : OK;
}

/* A client that expects 100 (Continue) sends its body only after it. A chunked body may be long. */
bool http_intake_may_discard(const struct http_intake *intake,
                             const struct http_connection *connection)
{
    size_t most = intake->limits.body_bytes;
    const struct http_request *request = &connection->request;
    const char *text = http_request_header(request, HTTP_CONTENT_LENGTH);
    int64_t length = 0;
    if (http_request_header(request, HTTP_EXPECT) ||
        http_request_header(request, HTTP_TRANSFER_ENCODING))
        return false;
    return !text || (slice_read_int(slice_of(text), &length) &&
                     (uint64_t)length <= (most < SMALL_BYTES ? most : SMALL_BYTES));
}

enum err http_intake_begin(struct http_intake *intake, struct http_connection *connection,
                           struct error *error)
{
    const struct http_request *request = &connection->request;
    const char *text = http_request_header(request, HTTP_CONTENT_LENGTH);
    int64_t length = 0;
    if (text &&
        (!slice_read_int(slice_of(text), &length) || (uint64_t)length > intake->limits.body_bytes))
        return refuse(intake, ERR_TOO_LARGE, error);
    if (length > 0 || http_request_header(request, HTTP_TRANSFER_ENCODING))
        atomic_store_explicit(&connection->body_begun_ms, clock_monotonic_ms(),
                              memory_order_relaxed);
    return OK;
}

static bool was_answered(struct http_connection *connection)
{
    return atomic_load(&connection->body_begun_ms) == ANSWERED;
}

static bool keep(struct http_intake *intake, struct http_connection *connection, const char *piece,
                 size_t bytes)
{
    struct text *body = &connection->request.body;
    text_reserve(body, bytes);
    if (!http_budget_hold(&intake->budget, &connection->intake,
                          body->capacity + connection->reserved_bytes))
        return false;
    text_add_bytes(body, piece, bytes);
    return true;
}

/* From now on only the caller answers the request. False if it has been answered 408. */
static bool take_begun(struct http_connection *connection, int64_t then)
{
    int64_t begun_ms = atomic_load(&connection->body_begun_ms);
    while (begun_ms != ANSWERED &&
           !atomic_compare_exchange_weak(&connection->body_begun_ms, &begun_ms, then))
        ;
    return begun_ms != ANSWERED;
}

enum err http_intake_take(struct http_intake *intake, struct http_connection *connection,
                          const char *piece, size_t bytes, struct error *error)
{
    size_t received_bytes =
        atomic_fetch_add_explicit(&connection->received_bytes, bytes, memory_order_relaxed) + bytes;
    bool too_large = received_bytes > intake->limits.body_bytes;
    if (too_large ? !take_begun(connection, ANSWERED) : was_answered(connection))
        return ERR_TOO_SLOW;
    if (too_large)
        return refuse(intake, ERR_TOO_LARGE, error);
    if (connection->rejected || connection->body_error || keep(intake, connection, piece, bytes))
        return OK;
    connection->body_error = ERR_QUEUE_FULL;
    text_finish(&connection->request.body);
    (void)http_budget_hold(&intake->budget, &connection->intake, connection->reserved_bytes);
    return OK;
}

/* Fixing comes first: it reports whether the connection was cut. */
bool http_intake_complete(struct http_intake *intake, struct http_connection *connection)
{
    return http_budget_fix(&intake->budget, &connection->intake) && take_begun(connection, 0);
}

enum err http_intake_check(struct http_intake *intake, struct http_connection *connection,
                           struct error *error)
{
    return connection->body_error ? refuse(intake, connection->body_error, error) : OK;
}

enum err http_intake_reserve(struct http_intake *intake, struct http_connection *connection,
                             size_t bytes, struct error *error)
{
    size_t reserved = connection->reserved_bytes + bytes;
    if (!http_budget_hold(&intake->budget, &connection->intake,
                          connection->request.body.capacity + reserved))
        return refuse(intake, ERR_QUEUE_FULL, error);
    connection->reserved_bytes = reserved;
    return OK;
}

void http_intake_end(struct http_intake *intake, struct http_connection *connection)
{
    http_budget_release(&intake->budget, &connection->intake);
    atomic_store_explicit(&connection->body_begun_ms, 0, memory_order_relaxed);
    atomic_store_explicit(&connection->received_bytes, 0, memory_order_relaxed);
    connection->reserved_bytes = 0;
    connection->rejected = false;
    connection->body_error = OK;
}

/* --- bodies that arrive too slowly ------------------------------------------------------------ */

bool http_intake_is_slow(const struct http_intake *intake, const struct http_connection *connection,
                         int64_t now_ms)
{
    int64_t begun_ms = atomic_load_explicit(&connection->body_begun_ms, memory_order_relaxed);
    int64_t late_ms = now_ms - begun_ms - GRACE_MS;
    size_t bytes = atomic_load_explicit(&connection->received_bytes, memory_order_relaxed);
    return begun_ms > 0 && late_ms > 0 &&
           bytes < (size_t)late_ms * intake->limits.body_bytes_per_second / 1000;
}

static bool claim_body(struct http_connection *connection)
{
    int64_t begun_ms = atomic_load(&connection->body_begun_ms);
    while (begun_ms > 0 &&
           !atomic_compare_exchange_weak(&connection->body_begun_ms, &begun_ms, ANSWERED))
        ;
    return begun_ms > 0;
}

bool http_intake_answer_slow(struct http_connection *connection)
{
    AUTO(text) struct text body = {0}, answer = {0};
    struct error error = {0};
    if (!claim_body(connection))
        return false;
    enum err err =
        error_set(&error, ERR_TOO_SLOW,
                  "the body arrived too slowly or stopped; send it again without pauses");
    problem_write(&(struct problem){.error = &error, .current_version = -1}, &body);
    http_answer_write_closing(error_http_status(err), "Request Timeout", text_slice(&body),
                              &answer);
    http_answer_count(connection->server->counted, error_http_status(err));
    (void)send(connection->fd, answer.at, answer.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(connection->fd, SHUT_WR);
    atomic_store(&connection->deadline_ms, clock_monotonic_ms() + CUT_MS);
    return true;
}
