/* One HTTP request and the answer that is being made for it.
 *
 * It is part of its connection and is reused for the next request there, so that in the steady state a
 * request needs no allocation here. It belongs to the connection's HTTP thread, except while it is
 * deferred and kept: then the thread that will wake it may write the answer, until it does so.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

enum http_header {
#define HEADER(name, text, kind) HTTP_##name,
#include "http/http_header.def"
#undef HEADER
    HTTP_HEADER_COUNT,
};

struct MHD_Connection;
struct http_request;
struct route;

/* Answers the request (http_answer.h) or suspends it, and returns OK; an error is answered with its
 * problem details. */
typedef enum err request_fn(struct http_request *request, struct error *error);

#define HTTP_ANSWER_HEADERS_MOST  12
#define HTTP_PATH_PARAMETERS_MOST 16

/* The result of a writer of the next piece of an answer. After HTTP_MORE_SUSPENDED, the thread that resumes the
 * request may have written the piece to answer.body; if not, the writer is called again. */
enum http_more { HTTP_MORE_PIECE, HTTP_MORE_END, HTTP_MORE_FAILED, HTTP_MORE_SUSPENDED };
typedef enum http_more http_more_fn(struct http_request *request, struct text *out);

struct http_answer {
    int status; /* 0: none yet */
    const char *content_type;
    struct text body;
    http_more_fn *more; /* of an answer of unknown length: what follows the body, piece by piece */
    size_t sent;        /* bytes of the present piece */
    struct {
        const char *name, *value;
    } header[HTTP_ANSWER_HEADERS_MOST];
    size_t header_count;
    const char *allow; /* with 405: the methods that the path accepts */
    bool close;        /* the connection, afterwards */
    bool no_room;      /* in the budget: the answer was dropped and becomes a 503 */
};

/* Why a deferred request goes on (http_deferral.h). */
enum http_wake {
    HTTP_WAKE_NONE,     /* it was not deferred, or it was kept */
    HTTP_WAKE_WOKEN,    /* what it waits for may have happened */
    HTTP_WAKE_EXPIRED,  /* its deadline has passed */
    HTTP_WAKE_STOPPING, /* the server is closing */
    HTTP_WAKE_GONE,     /* its client has left */
};

struct http_request {
    const char *method;
    struct slice path, query; /* as they were sent, not decoded; query without its '?' */
    struct slice authority;   /* of an absolute target; at NULL if it is not absolute */
    bool has_query;
    const char *header[HTTP_HEADER_COUNT]; /* NULL: not given */
    unsigned char header_lines[HTTP_HEADER_COUNT];
    struct text body;
    struct arena arena; /* lives as long as the request */

    void *context; /* the endpoint */
    const struct route *route;
    struct slice parameter[HTTP_PATH_PARAMETERS_MOST]; /* decoded, NUL-terminated */
    size_t parameter_count;

    struct http_answer answer;
    char trace_id[33]; /* "" until http_request_trace_id() */

    /* Deferral: see http_deferral.h. */
    bool suspended;
    request_fn *resume; /* called when it is resumed; NULL: the route's handler again */
    /* Frees what was made of the body, after the answer exists and before it is sent. May be NULL. */
    void (*finish_body)(struct http_request *request);
    void (*finish)(struct http_request *request); /* after the answer has been sent; may be NULL */
    void *state;                                  /* the handler's */
    enum http_wake wake;
    int64_t wait_deadline_ms;

    struct MHD_Connection *connection;
};

static inline const char *http_request_header(const struct http_request *request,
                                              enum http_header header)
{
    return request->header[header];
}

/* Records one header line, without blanks after its value. ERR_BAD_REQUEST if it is the second line of
 * a header that may be given only once. */
MUST_CHECK enum err http_request_add_header(struct http_request *request, const char *name,
                                            const char *value, struct error *error);

/* Splits the raw request target; an absolute one is "http://authority/path". */
void http_request_set_target(struct http_request *request, const char *target);

/* The name of a header, for messages. */
const char *http_header_name(enum http_header header);

/* The trace this request belongs to: traceparent's if valid, else a new one (W3C Trace Context). */
const char *http_request_trace_id(struct http_request *request);

/* A copy of the slice as a string that lives as long as the request. */
const char *http_request_string(struct http_request *request, struct slice slice);

/* Drops the body; frees memory beyond a few KiB. */
void http_request_drop_body(struct http_request *request);

/* Prepares for the next request; frees memory beyond a few KiB. */
void http_request_reset(struct http_request *request);
void http_request_finish(struct http_request *request);
