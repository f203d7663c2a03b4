/* GET /events as server-sent events: where it begins, and what it lets through. */
#include "api/command_endpoint_private.h"
#include "http/event_stream.h"

/* A client that comes back knows better than the URL it was given once. */
static enum err read_place(const struct http_request *request, const struct query_string *query,
                           int64_t *ret_after, struct error *error)
{
    int64_t head = command_desk_head(command_endpoint_of(request)->options.desk);
    const char *last_id = http_request_header(request, HTTP_LAST_EVENT_ID);
    const struct slice *after = query_string_value(query, "after");
    enum err err = OK;
    if (after && slice_is(*after, "head"))
        *ret_after = head;
    else
        err = query_string_int(query, "after", 0, INT64_MAX, 0, ret_after, error);
    if (!err && last_id && last_id[0] &&
        (!slice_read_int(slice_of(last_id), ret_after) || *ret_after < 0))
        return error_set(error, ERR_BAD_REQUEST, "Last-Event-ID must be a position, such as 42");
    if (!err && *ret_after > head)
        return error_set(error, ERR_INVALID_PARAMETER,
                         "position %lld is not in the log, which ends at %lld",
                         (long long)*ret_after, (long long)head);
    return err;
}

enum err event_feed_routes_listen(struct http_request *request, struct error *error)
{
    static const char *const names[] = {"after", "category", "type", NULL};
    struct query_string query;
    struct event_filter filter;
    int64_t after;
    enum err err = query_string_read_known(request, names, &query, error);
    if (!err)
        err = event_filter_read(&query, &filter, error);
    if (!err)
        err = read_place(request, &query, &after, error);
    if (!err && strcmp(request->method, "HEAD") != 0)
        err = event_feed_listen(command_endpoint_of(request)->feed, request, &filter, after, error);
    if (!err)
        event_stream_answer(request);
    return err;
}
