/* A comment shows clients and proxies that the server is alive, and lets the server notice a client
 * whose machine or network is lost. */
#include "http/event_stream.h"

#include "base/clock.h"
#include "http/http_answer.h"
#include "http/http_deferral.h"

#define RETRY      "retry: 2000\n\n"
#define KEPT_BYTES ((size_t)1024)

void event_stream_begin(struct event_stream *stream, struct http_request *request)
{
    *stream = (struct event_stream){.request = request, .moved_ms = clock_monotonic_ms()};
}

/* For HEAD: an answer of unknown length, like that of GET. */
static enum http_more give_nothing(struct http_request *request, struct text *out)
{
    (void)request, (void)out;
    return HTTP_MORE_END;
}

void event_stream_answer(struct http_request *request)
{
    text_finish(&request->answer.body);
    if (strcmp(request->method, "HEAD") == 0)
        request->answer.more = give_nothing;
    else
        text_add(&request->answer.body, RETRY);
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, 200, HTTP_EVENT_STREAM);
}

enum http_more event_stream_given(struct event_stream *stream)
{
    stream->wants_comment = false;
    stream->moved_ms = clock_monotonic_ms();
    return HTTP_MORE_PIECE;
}

enum http_more event_stream_rest(struct event_stream *stream, struct text *out)
{
    if (stream->wants_comment) {
        text_add(out, ":\n\n");
        return event_stream_given(stream);
    }
    if (out->capacity > KEPT_BYTES)
        text_finish(out);
    stream->suspended = true;
    http_deferral_begin(stream->request, &(struct http_deferral){0});
    return HTTP_MORE_SUSPENDED;
}

void event_stream_wake(struct event_stream *stream)
{
    if (!stream->suspended)
        return;
    stream->suspended = false;
    stream->moved_ms = clock_monotonic_ms();
    http_deferral_wake(stream->request);
}

void event_stream_keep_alive(struct event_stream *stream, int64_t now_ms)
{
    if (!stream->suspended || now_ms - stream->moved_ms < EVENT_STREAM_COMMENT_MS)
        return;
    stream->wants_comment = true;
    event_stream_wake(stream);
}
