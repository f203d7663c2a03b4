/* A body whose length is told is refused or reserved whole; a chunked one piece by piece. */
#include "api/http_intake.h"

#define MIB ((size_t)1024 * 1024)

void http_intake_init(struct http_intake *intake, const struct http_limits *limits)
{
    struct http_limits *own = &intake->limits;
    *own = *limits;
    own->body_bytes = own->body_bytes ? own->body_bytes : 1 * MIB;
    if (!own->bodies_in_flight_bytes)
        own->bodies_in_flight_bytes = 32 * MIB;
    if (!own->answers_in_flight_bytes)
        own->answers_in_flight_bytes = 16 * MIB;
    own->connections = own->connections ? own->connections : 4096;
    if (!own->connections_per_address)
        own->connections_per_address = (own->connections + 3) / 4;
    own->idle_seconds = own->idle_seconds ? own->idle_seconds : 60;
    own->request_seconds = own->request_seconds ? own->request_seconds : 30;
    own->threads = own->threads ? own->threads : 2;
    atomic_init(&intake->bytes, 0);
}

static bool reserve(struct http_intake *intake, struct http_connection *connection, size_t bytes)
{
    size_t before = atomic_fetch_add(&intake->bytes, bytes);
    if (before + bytes > intake->limits.bodies_in_flight_bytes) {
        atomic_fetch_sub(&intake->bytes, bytes);
        return false;
    }
    connection->reserved_bytes += bytes;
    return true;
}

static enum err refuse(const struct http_intake *intake, enum err err, struct error *error)
{
    if (err == ERR_TOO_LARGE)
        return error_set(error, err, "the body may have at most %zu bytes",
                         intake->limits.body_bytes);
    return error_set(error, err, "too many bodies are being received at once; try again");
}

enum err http_intake_begin(struct http_intake *intake, struct http_connection *connection,
                           struct error *error)
{
    const char *text = http_request_header(&connection->request, HTTP_CONTENT_LENGTH);
    int64_t length = 0;
    if (!text)
        return OK;
    if (!text_read_int(slice_of(text), &length) || (uint64_t)length > intake->limits.body_bytes)
        return refuse(intake, ERR_TOO_LARGE, error);
    return reserve(intake, connection, (size_t)length) ? OK : refuse(intake, ERR_QUEUE_FULL, error);
}

static enum err keep(struct http_intake *intake, struct http_connection *connection,
                     const char *piece, size_t bytes)
{
    struct text *body = &connection->request.body;
    size_t length = body->length + bytes;
    if (length > intake->limits.body_bytes)
        return ERR_TOO_LARGE;
    if (length > connection->reserved_bytes && !reserve(intake, connection, bytes))
        return ERR_QUEUE_FULL;
    text_add_bytes(body, piece, bytes);
    return OK;
}

bool http_intake_take(struct http_intake *intake, struct http_connection *connection,
                      const char *piece, size_t bytes)
{
    connection->received_bytes += bytes;
    if (!connection->body_error) {
        connection->body_error = keep(intake, connection, piece, bytes);
        if (connection->body_error)
            text_finish(&connection->request.body);
    }
    return connection->received_bytes <= 2 * intake->limits.body_bytes;
}

enum err http_intake_check(const struct http_intake *intake,
                           const struct http_connection *connection, struct error *error)
{
    return connection->body_error ? refuse(intake, connection->body_error, error) : OK;
}

void http_intake_end(struct http_intake *intake, struct http_connection *connection)
{
    atomic_fetch_sub(&intake->bytes, connection->reserved_bytes);
    connection->reserved_bytes = connection->received_bytes = 0;
    connection->body_error = OK;
}
