/* What libmicrohttpd sends, and the memory it occupies until the client has received it. */
#include "http/http_connection.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define SMALL_BYTES         ((size_t)32 * 1024) /* of an answer that is not counted */
#define PAGE_SHARE          4
#define STREAM_BLOCK_BYTES  ((size_t)4 * 1024) /* each stream keeps one */
#define OTHER_HEADERS_BYTES ((size_t)1536)     /* of an answer, beside Link */

/* --- the memory of answers -------------------------------------------------------------------- */

static struct http_connection *connection_of(const struct http_holding *holding)
{
    return (struct http_connection *)((char *)holding - offsetof(struct http_connection, outflow));
}

/* The bytes that the client's machine has acknowledged. If the kernel does not know, the client counts
 * as one that has received nothing more. */
static uint64_t taken(const struct http_holding *holding)
{
    struct tcp_info info = {0};
    socklen_t bytes = sizeof info;
    if (getsockopt(connection_of(holding)->fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) != 0)
        return holding->moved_bytes;
    return info.tcpi_bytes_acked;
}

static void cut(struct http_holding *holding)
{
    shutdown(connection_of(holding)->fd, SHUT_RDWR);
}

void http_outflow_init(struct http_outflow *outflow, size_t most_bytes, bool apart)
{
    http_budget_init(&outflow->budget, apart ? NULL : "answers", most_bytes, SMALL_BYTES, taken,
                     cut);
}

void http_outflow_finish(struct http_outflow *outflow)
{
    http_budget_finish(&outflow->budget);
}

/* A large answer is moved into memory of its exact size, because growing doubles it. */
static size_t memory_of(struct http_connection *connection)
{
    struct text *body = &connection->request.answer.body;
    if (body->capacity > SMALL_BYTES)
        text_fit(body);
    return body->capacity;
}

bool http_outflow_hold(struct http_outflow *outflow, struct http_connection *connection)
{
    return http_budget_hold(&outflow->budget, &connection->outflow, memory_of(connection));
}

void http_outflow_end(struct http_outflow *outflow, struct http_connection *connection)
{
    http_budget_release(&outflow->budget, &connection->outflow);
}

size_t http_outflow_page_bytes(struct http_outflow *outflow, struct http_connection *connection)
{
    size_t share = http_budget_limit(&outflow->budget, &connection->outflow) / PAGE_SHARE;
    size_t least = SMALL_BYTES / 2;
    return share > least ? share : least;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* The client must receive the answer, or the present piece of it, within this time. */
static void expect_reader(struct http_connection *connection)
{
    http_connection_set_deadline(connection,
                                 (int64_t)connection->server->intake.limits.request_seconds * 10);
}

/* What give_piece() returns without a piece. 0 only for a suspended connection: for any other, the
 * library would call it again at once, in a loop. */
static const ssize_t no_piece[] = {
    [HTTP_MORE_END] = MHD_CONTENT_READER_END_OF_STREAM,
    [HTTP_MORE_FAILED] = MHD_CONTENT_READER_END_WITH_ERROR,
    [HTTP_MORE_SUSPENDED] = 0,
};

/* For answers of unknown length: copies the rest of the present piece, or the next piece. */
static ssize_t give_piece(void *context, uint64_t position, char *out, size_t most)
{
    struct http_connection *connection = context;
    struct http_answer *answer = &connection->request.answer;
    (void)position;
    while (answer->sent == answer->body.length) {
        text_clear(&answer->body);
        answer->sent = 0;
        http_connection_set_deadline(connection, 0);
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

/* The body stays in the request, which outlives the response. In answer to HEAD, libmicrohttpd 0.9.75
 * still sends the last chunk of a chunked body, which the client would read as the next answer: so
 * the answer to HEAD is not chunked, and the connection is closed. */
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

/* A client can repeat a GET without harm. The answer to a command reports what was done, so it is sent
 * even if others must be cut for it. */
static bool hold(struct http_connection *connection)
{
    struct http_outflow *outflow = &connection->server->outflow;
    const char *method = connection->request.method;
    bool may_refuse = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (connection->request.answer.no_room)
        return false;
    return may_refuse ? http_outflow_hold(outflow, connection)
                      : http_budget_hold_anyway(&outflow->budget, &connection->outflow,
                                                memory_of(connection));
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
        "slow clients are still receiving too many large responses; try again, or request less");
    http_answer_error(request, &error);
    http_outflow_end(&connection->server->outflow, connection);
}

void http_outflow_end_intake(struct http_connection *connection)
{
    struct http_request *request = &connection->request;
    if (request->finish_body)
        request->finish_body(request);
    request->finish_body = NULL;
    http_request_drop_body(request);
    http_intake_end(&connection->server->intake, connection);
}

/* The library may use up to an eighth of what the head has left for bytes received after it. */
static size_t bytes_for_headers(const struct http_connection *connection)
{
    return (HTTP_CONNECTION_BYTES - connection->head_bytes) / 8 * 7 - OTHER_HEADERS_BYTES;
}

enum MHD_Result http_outflow_queue(struct http_connection *connection)
{
    struct http_answer *answer = &connection->request.answer;
    refuse_if_too_much(connection);
    http_outflow_end_intake(connection);
    REQUIRE(answer->status >= 100 && answer->status < HTTP_STATUS_MOST);
    struct MHD_Response *response = make_response(connection);
    http_answer_shed_link(&connection->request, bytes_for_headers(connection));
    if (answer->content_type)
        MHD_add_response_header(response, "Content-Type", answer->content_type);
    for (size_t i = 0; i < answer->header_count; i++)
        MHD_add_response_header(response, answer->header[i].name, answer->header[i].value);
    if (answer->close || atomic_load(&connection->server->stopping))
        MHD_add_response_header(response, "Connection", "close");
    expect_reader(connection);
    http_answer_count(connection->server->counted, answer->status);
    enum MHD_Result result =
        MHD_queue_response(connection->request.connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result http_outflow_queue_error(struct http_connection *connection,
                                         const struct error *error)
{
    http_answer_problem(
        &connection->request,
        &(struct problem){.error = error,
                          .text_is_public = connection->server->options.for_operator,
                          .current_version = -1});
    return http_outflow_queue(connection);
}

/* The library may have no memory left for an answer. All earlier answers have been sent. */
enum MHD_Result http_outflow_send_error(struct http_connection *connection,
                                        const struct error *error)
{
    struct http_answer *answer = &connection->request.answer;
    AUTO(text) struct text all = {0};
    http_answer_error(&connection->request, error);
    http_answer_write_closing(answer->status, MHD_get_reason_phrase_for((unsigned)answer->status),
                              text_slice(&answer->body), &all);
    http_answer_count(connection->server->counted, answer->status);
    (void)!send(connection->fd, all.at, all.length, MSG_NOSIGNAL);
    return MHD_NO;
}
