/* Answers are plain values; http_outflow.c converts them to responses of the library. */
#include "http/http_answer.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

void http_answer(struct http_request *request, int status, const char *content_type)
{
    request->answer.status = status;
    request->answer.content_type = content_type;
}

void http_answer_header(struct http_request *request, const char *name, const char *value)
{
    struct http_answer *answer = &request->answer;
    REQUIRE(answer->header_count < HTTP_ANSWER_HEADERS_MOST);
    answer->header[answer->header_count].name = name;
    answer->header[answer->header_count].value = value;
    answer->header_count++;
}

void http_answer_header_int(struct http_request *request, const char *name, int64_t value)
{
    char *digits = arena_allocate(&request->arena, TEXT_INT_BYTES);
    text_write_int(value, digits);
    http_answer_header(request, name, digits);
}

void http_answer_etag_version(struct http_request *request, int64_t version)
{
    char *etag = arena_allocate(&request->arena, TEXT_INT_BYTES + 2);
    etag[0] = '"';
    memcpy(etag + 1 + text_write_int(version, etag + 1), "\"", sizeof "\"");
    http_answer_header(request, "ETag", etag);
}

void http_answer_shed_link(struct http_request *request, size_t bytes)
{
    struct http_answer *answer = &request->answer;
    size_t kept = 0, taken = 0;
    for (size_t i = 0; i < answer->header_count; i++)
        taken += strlen(answer->header[i].name) + strlen(answer->header[i].value) + 4;
    if (taken <= bytes)
        return;
    for (size_t i = 0; i < answer->header_count; i++)
        if (strcmp(answer->header[i].name, "Link") != 0)
            answer->header[kept++] = answer->header[i];
    answer->header_count = kept;
}

/* IMF-fixdate, whatever the locale (RFC 9110 §5.6.7). */
static void write_date(struct text *out)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(clock_now_us() / 1000000);
    struct tm tm;
    gmtime_r(&now, &tm);
    text_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday], tm.tm_mday,
                months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void http_answer_write_closing(int status, const char *reason, struct slice problem,
                               struct text *out)
{
    text_printf(out, "HTTP/1.1 %d %s\r\nConnection: close\r\n", status, reason);
    write_date(out);
    text_printf(out, "Content-Type: " HTTP_PROBLEM "\r\nContent-Length: %zu\r\n\r\n",
                problem.length);
    text_add_slice(out, problem);
}

void http_answer_clear(struct http_request *request)
{
    text_clear(&request->answer.body);
    request->answer.status = 0;
    request->answer.content_type = NULL;
    request->answer.header_count = 0;
    request->answer.more = NULL;
    request->answer.no_room = false;
}

/* At most one line a second: a full queue or disk must not flood the log. */
static bool may_warn(void)
{
    static _Atomic int64_t last_ms;
    int64_t now_ms = clock_monotonic_ms(), before_ms = atomic_load(&last_ms);
    return (before_ms == 0 || now_ms - before_ms >= 1000) &&
           atomic_compare_exchange_strong(&last_ms, &before_ms, now_ms);
}

/* A problem that only asks the client to retry, in normal operation, is not logged. */
static bool is_ordinary(enum err code)
{
    return code == ERR_STOPPING || code == ERR_NOT_REACHED;
}

static void log_failure(struct http_request *request, const struct error *error)
{
    enum error_class class = error_class(error->code);
    if (class == ERROR_CLASS_STOP)
        log_error("%s %.*s: %s (trace %s)", request->method, SLICE(request->path), error->text,
                  http_request_trace_id(request));
    else if (class == ERROR_CLASS_RETRY && !is_ordinary(error->code) && may_warn())
        log_warning("%s %.*s: %s", request->method, SLICE(request->path), error->text);
}

/* In seconds. A queue drains, and a reader releases a file, within one; a disk or a restart takes longer.
 * A query that timed out would time out again if it were repeated at once.
 *
 * The values do not depend on the server's state, because no part of it knows a duration: the desk
 * tries to store each batch that arrives, without a pause after one that failed; the next turn of a
 * queue, a rebuild and a projector depend on other clients; and all clients that were given the same
 * computed time would retry together. */
static const char *seconds_to_wait(enum err code)
{
    switch (code) {
    case ERR_DISK_FULL:
        return "10";
    case ERR_IO:
    case ERR_NO_MEMORY:
    case ERR_NOTHING_STORED:
    case ERR_OUTCOME_UNKNOWN:
    case ERR_QUERY_TIMEOUT:
    case ERR_STOPPING:
        return "5";
    case ERR_NOT_READY:
        return "2";
    default:
        return "1";
    }
}

void http_answer_retry_after(struct http_request *request, enum err code)
{
    if (request->answer.status == 503)
        http_answer_header(request, "Retry-After", seconds_to_wait(code));
}

void http_answer_problem(struct http_request *request, const struct problem *problem)
{
    struct problem written = *problem;
    written.trace_id = http_request_trace_id(request);
    http_answer_clear(request);
    problem_write(&written, &request->answer.body);
    http_answer(request, error_http_status(problem->error->code), HTTP_PROBLEM);
    http_answer_retry_after(request, problem->error->code);
    if (request->answer.allow)
        http_answer_header(request, "Allow", request->answer.allow);
    log_failure(request, problem->error);
}

void http_answer_error(struct http_request *request, const struct error *error)
{
    http_answer_problem(request, &(struct problem){.error = error, .current_version = -1});
}

void http_answer_count(struct http_answer_counts *counts, int status)
{
    if (!counts)
        return;
    struct metric_series *series = atomic_load(&counts->by_status[status]);
    if (!series) {
        AUTO(text) struct text label = {0};
        text_add_int(&label, status);
        series = metric_series(METRIC_HTTP_REQUESTS, label.at);
        atomic_store(&counts->by_status[status], series);
    }
    metric_add(series, 1);
}
