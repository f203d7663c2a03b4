/* One client that is sent server-sent events (WHATWG): its connection, suspended while there is
 * nothing for it. All is guarded by the mutex of whoever keeps the listeners; never finishes a
 * request by itself.
 */
#pragma once

#include "http/http_request.h"

#define HTTP_EVENT_STREAM       "text/event-stream"
#define EVENT_STREAM_COMMENT_MS 15000

struct event_stream {
    struct http_request *request;
    bool suspended;
    bool wants_comment; /* a sign of life is due */
    int64_t moved_ms;   /* when it was last woken or given something */
};

void event_stream_begin(struct event_stream *stream, struct http_request *request);

/* The head of the answer, and how soon a client whose stream ends shall come back. */
void event_stream_answer(struct http_request *request);

/* There is nothing for it: for the request's answer.more. A comment that is due goes first; then
 * the memory of what it was given is let go. */
enum http_more event_stream_rest(struct event_stream *stream, struct text *out);

/* It was given something. */
enum http_more event_stream_given(struct event_stream *stream);

/* Sets it going again if it was suspended. */
void event_stream_wake(struct event_stream *stream);

/* Wakes it for a comment if it has been given nothing for so long. */
void event_stream_keep_alive(struct event_stream *stream, int64_t now_ms);
