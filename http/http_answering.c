/* From an answer, which is plain values (http_answer.h), to what libmicrohttpd sends. */
#include "http/http_answer.h"
#include "http/http_server_private.h"

#include <errno.h>
#include <microhttpd.h>
#include <sys/socket.h>

#define STREAM_BLOCK_BYTES  ((size_t)4 * 1024) /* each stream keeps one */
#define OTHER_HEADERS_BYTES ((size_t)1536)     /* of an answer, beside Link */

/* The answer, or the present piece of it, is to be taken in this time. */
static void expect_reader(struct http_connection *connection)
{
    http_server_set_deadline(connection,
                             (int64_t)connection->server->intake.limits.request_seconds * 10);
}

/* What give_piece() returns when there is no piece; 0 only of a suspended connection, for otherwise
 * it would be called again at once, and again. */
static const ssize_t no_piece[] = {
    [HTTP_MORE_END] = MHD_CONTENT_READER_END_OF_STREAM,
    [HTTP_MORE_FAILED] = MHD_CONTENT_READER_END_WITH_ERROR,
    [HTTP_MORE_SUSPENDED] = 0,
};

/* For answers of unknown length: gives the rest of the present piece, or the next piece. */
static ssize_t give_piece(void *context, uint64_t position, char *out, size_t most)
{
    struct http_connection *connection = context;
    struct http_answer *answer = &connection->request.answer;
    (void)position;
    while (answer->sent == answer->body.length) {
        text_clear(&answer->body);
        answer->sent = 0;
        http_server_set_deadline(connection, 0);
        enum http_more more = answer->more(&connection->request, &answer->body);
        if (more != HTTP_MORE_PIECE)
            return no_piece[more];
    }
    if (answer->sent == 0 &&
        (answer->no_room || !http_outflow_hold(&connection->server->outflow, connection)))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t left = answer->body.length - answer->sent, given = left < most ? left : most;
    memcpy(out, answer->body.at + answer->sent, given);
    answer->sent += given;
    expect_reader(connection);
    return (ssize_t)given;
}

/* The body stays in the request, which outlives the response. To HEAD, 0.9.75 sends the last chunk
 * of a chunked body all the same, which the client would take for the next answer: so none is
 * chunked there, and the connection is closed. */
static struct MHD_Response *make_response(struct http_connection *connection)
{
    static char nothing[] = "";
    struct http_answer *answer = &connection->request.answer;
    struct MHD_Response *response =
        answer->more
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, give_piece,
                                                connection, NULL)
            : MHD_create_response_from_buffer(answer->body.length,
                                              answer->body.length ? answer->body.at : nothing,
                                              MHD_RESPMEM_PERSISTENT);
    REQUIRE(response);
    if (answer->more && strcmp(connection->request.method, "HEAD") == 0)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
}

/* An answer to GET can be asked for again without harm; a command's tells what was done. */
static bool hold(struct http_connection *connection)
{
    struct http_outflow *outflow = &connection->server->outflow;
    const char *method = connection->request.method;
    bool may_refuse = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (connection->request.answer.no_room)
        return false;
    return may_refuse ? http_outflow_hold(outflow, connection)
                      : http_outflow_hold_anyway(outflow, connection);
}

static void refuse_if_too_much(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    struct error error = {0};
    if (hold(connection))
        return;
    text_finish(&request->answer.body);
    error_set(
        &error, ERR_QUEUE_FULL,
        "too many large answers are being taken slowly by others; try again, or ask for less");
    http_answer_error(request, &error);
    http_outflow_end(&connection->server->outflow, connection);
}

/* The answer is there, so neither the body nor what was made of it is needed. */
void http_answering_end_intake(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    if (request->finish_body)
        request->finish_body(request);
    request->finish_body = NULL;
    http_request_drop_body(request);
    http_intake_end(&connection->server->intake, connection);
}

/* Up to an eighth of what the head has left may be taken by what was received behind it. */
static size_t room_for_link(const struct http_connection *connection)
{
    return (HTTP_CONNECTION_BYTES - connection->head_bytes) / 8 * 7 - OTHER_HEADERS_BYTES;
}

enum MHD_Result http_answering_queue(struct http_connection *connection)
{
    struct http_answer *answer = &connection->request.answer;
    refuse_if_too_much(connection);
    http_answering_end_intake(connection);
    REQUIRE(answer->status >= 100 && answer->status < HTTP_STATUS_MOST);
    struct MHD_Response *response = make_response(connection);
    http_answer_shed_link(&connection->request, room_for_link(connection));
    if (answer->content_type)
        MHD_add_response_header(response, "Content-Type", answer->content_type);
    for (size_t i = 0; i < answer->header_count; i++)
        MHD_add_response_header(response, answer->header[i].name, answer->header[i].value);
    if (answer->close || atomic_load(&connection->server->stopping))
        MHD_add_response_header(response, "Connection", "close");
    expect_reader(connection);
    http_server_count(connection->server, answer->status);
    enum MHD_Result result =
        MHD_queue_response(connection->request.connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result http_answering_error(struct http_connection *connection, const struct error *error)
{
    http_answer_error(&connection->request, error);
    return http_answering_queue(connection);
}

/* Without the library, which may have no memory left for an answer. All before it are sent. */
enum MHD_Result http_answering_send(struct http_connection *connection, const struct error *error)
{
    struct http_answer *answer = &connection->request.answer;
    AUTO(text) struct text all = {0};
    http_answer_error(&connection->request, error);
    http_answer_write_closing(answer->status, MHD_get_reason_phrase_for((unsigned)answer->status),
                              text_slice(&answer->body), &all);
    http_server_count(connection->server, answer->status);
    (void)!send(connection->fd, all.at, all.length, MSG_NOSIGNAL);
    return MHD_NO;
}
