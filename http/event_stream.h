/* A client that receives server-sent events (WHATWG): its connection, suspended while there are no
 * events for it. Guarded by the mutex of the owner of the listeners. Never finishes a request by
 * itself.
 */
#pragma once

#include "http/http_request.h"

#define HTTP_EVENT_STREAM       "text/event-stream"
#define EVENT_STREAM_COMMENT_MS 15000

struct event_stream {
    struct http_request *request;
    bool suspended;
    bool wants_comment; /* a keep-alive comment is due */
    int64_t moved_ms;   /* when it was last woken or received a piece */
};

void event_stream_begin(struct event_stream *stream, struct http_request *request);

/* Writes the head of the answer, and after how long a client reconnects when its stream ends. */
void event_stream_answer(struct http_request *request);

/* For the request's answer.more, when no event is left for the client: sends a comment that is due,
 * otherwise frees the memory of the last piece and suspends the request. */
enum http_more event_stream_rest(struct event_stream *stream, struct text *out);

/* A piece was written for the client. */
enum http_more event_stream_given(struct event_stream *stream);

/* Resumes the request if it was suspended. */
void event_stream_wake(struct event_stream *stream);

/* Wakes the client for a comment if it has received nothing for EVENT_STREAM_COMMENT_MS. */
void event_stream_keep_alive(struct event_stream *stream, int64_t now_ms);
