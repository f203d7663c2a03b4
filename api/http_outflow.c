#include "api/http_outflow.h"

#define PAGE_SHARE 8

bool http_outflow_hold(struct http_outflow *outflow, struct http_connection *connection)
{
    size_t held = connection->request.answer.body.capacity, before = connection->held_bytes;
    connection->held_bytes = held > HTTP_OUTFLOW_SMALL_BYTES ? held : 0;
    size_t others = atomic_fetch_add(&outflow->bytes, connection->held_bytes - before) - before;
    return connection->held_bytes == 0 || connection->in_pages ||
           others + connection->held_bytes <= outflow->most_bytes;
}

void http_outflow_end(struct http_outflow *outflow, struct http_connection *connection)
{
    atomic_fetch_sub(&outflow->bytes, connection->held_bytes);
    connection->held_bytes = 0;
    connection->in_pages = false;
}

size_t http_outflow_page_bytes(const struct http_outflow *outflow,
                               struct http_connection *connection)
{
    connection->in_pages = true;
    size_t others = atomic_load(&outflow->bytes) - connection->held_bytes;
    size_t room = others < outflow->most_bytes ? outflow->most_bytes - others : 0;
    size_t least = HTTP_OUTFLOW_SMALL_BYTES / 2;
    return room / PAGE_SHARE > least ? room / PAGE_SHARE : least;
}
