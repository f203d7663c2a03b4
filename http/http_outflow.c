/* What a client has taken is asked of the kernel: the bytes that its machine has acknowledged. If
 * the kernel does not know, the client counts as one that has taken nothing more. */
#include "http/http_outflow.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define PAGE_SHARE 4

static struct http_connection *connection_of(const struct http_holding *holding)
{
    return (struct http_connection *)((char *)holding - offsetof(struct http_connection, outflow));
}

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
    http_budget_init(&outflow->budget, apart ? NULL : "answers", most_bytes,
                     HTTP_OUTFLOW_SMALL_BYTES, taken, cut);
}

void http_outflow_finish(struct http_outflow *outflow)
{
    http_budget_finish(&outflow->budget);
}

/* A large answer is moved into memory of its size: growing has doubled it. */
static size_t memory_of(struct http_connection *connection)
{
    struct text *body = &connection->request.answer.body;
    if (body->capacity > HTTP_OUTFLOW_SMALL_BYTES)
        text_fit(body);
    return body->capacity;
}

bool http_outflow_hold(struct http_outflow *outflow, struct http_connection *connection)
{
    return http_budget_hold(&outflow->budget, &connection->outflow, memory_of(connection));
}

bool http_outflow_hold_anyway(struct http_outflow *outflow, struct http_connection *connection)
{
    return http_budget_hold_anyway(&outflow->budget, &connection->outflow, memory_of(connection));
}

void http_outflow_end(struct http_outflow *outflow, struct http_connection *connection)
{
    http_budget_release(&outflow->budget, &connection->outflow);
}

size_t http_outflow_page_bytes(struct http_outflow *outflow, struct http_connection *connection)
{
    size_t share = http_budget_room(&outflow->budget, &connection->outflow) / PAGE_SHARE;
    size_t least = HTTP_OUTFLOW_SMALL_BYTES / 2;
    return share > least ? share : least;
}
