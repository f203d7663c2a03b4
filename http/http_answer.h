/* Makes a request's answer. The body is written to request->answer.body. */
#pragma once

#include "http/http_request.h"
#include "http/problem.h"
#include "telemetry/metrics.h"

#include <stdatomic.h>

#define HTTP_JSON      "application/json"
#define HTTP_PROBLEM   "application/problem+json"
#define HTTP_NDJSON    "application/x-ndjson"
#define HTTP_HTML      "text/html"
#define HTTP_HTML_UTF8 HTTP_HTML "; charset=utf-8"
#define HTTP_EVENTS    "application/cloudevents-batch+json"

/* The answer is complete. `content_type` is a literal; NULL for an answer without a body. With 304
 * the body is that of 200: only its Content-Length is sent (RFC 9110 §8.6). */
void http_answer(struct http_request *request, int status, const char *content_type);

/* Adds a header; `name` is a literal, `value` must live as long as the request. */
void http_answer_header(struct http_request *request, const char *name, const char *value);
void http_answer_header_int(struct http_request *request, const char *name, int64_t value);

/* ETag: "3". */
void http_answer_etag_version(struct http_request *request, int64_t version);

/* Adds Retry-After to a 503: how long its cause usually lasts. */
void http_answer_retry_after(struct http_request *request, enum err code);

/* Answers with problem details, and Retry-After if a retry may help. Logs failures of the server. */
void http_answer_error(struct http_request *request, const struct error *error);
void http_answer_problem(struct http_request *request, const struct problem *problem);

/* Writes a whole answer with problem details, with Date (RFC 9110 §6.6.1), for a connection on which
 * the library cannot answer and that then closes. */
void http_answer_write_closing(int status, const char *reason, struct slice problem,
                               struct text *out);

/* Discards the answer so far, except that the connection is to be closed. */
void http_answer_clear(struct http_request *request);

/* Counts answers by status, for the metrics. `counts` NULL: not counted. */
#define HTTP_STATUS_MOST 600
struct http_answer_counts {
    _Atomic(struct metric_series *) by_status[HTTP_STATUS_MOST];
};
void http_answer_count(struct http_answer_counts *counts, int status);

/* Removes Link from the answer if its headers together have more than `bytes`. The body (next_cursor)
 * or Annal-Position has the same information. */
void http_answer_shed_link(struct http_request *request, size_t bytes);
