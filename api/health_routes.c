#include "api/health_routes.h"

#include "api/command_context.h"
#include "api/query_context.h"
#include "base/json_text.h"
#include "base/program.h"
#include "http/http_answer.h"
#include "telemetry/metrics.h"

#include <stdio.h>

enum err health_routes_live(struct http_request *request, struct error *error)
{
    (void)error;
    text_add(&request->answer.body, "{\"status\":\"alive\"}");
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

enum err health_routes_metrics(struct http_request *request, struct error *error)
{
    (void)error;
    metrics_write(&request->answer.body);
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, 200, "text/plain; version=0.0.4; charset=utf-8");
    return OK;
}

/* --- /readyz ----------------------------------------------------------------------------------- */

/* The answer is written check by check; `status` is known last, so it is written last. */
struct readiness {
    struct http_request *request;
    bool failed, degraded;
};

static struct readiness begin_checks(struct http_request *request)
{
    text_add_char(&request->answer.body, '{');
    json_text_begin(&request->answer.body, "checks", '[');
    return (struct readiness){.request = request};
}

static void write_check(struct readiness *readiness, const char *name, bool ok, const char *detail)
{
    struct text *body = &readiness->request->answer.body;
    json_text_begin(body, NULL, '{');
    json_text_string(body, "name", slice_of(name));
    json_text_bool(body, "ok", ok);
    json_text_string(body, "detail", slice_of(detail));
    text_add_char(body, '}');
}

/* A file of the server may be the cause. Only `annal status`, which runs on this machine, names it. */
static void describe_failure(enum err err, struct error *ret)
{
    (void)error_set(ret, err, "%s; `%s status` states the cause", error_title(err), program_name());
}

/* A check that must be ok. */
static void add_check(struct readiness *readiness, const char *name, bool ok, const char *detail)
{
    readiness->failed = readiness->failed || !ok;
    write_check(readiness, name, ok, detail);
}

/* A condition that does not keep the endpoint from its work. */
static void degrade(struct readiness *readiness, const char *name, const char *detail)
{
    readiness->degraded = true;
    write_check(readiness, name, false, detail);
}

/* 200 if all checks are ok except those that degrade, else 503. */
static enum err answer_ready(struct readiness *readiness)
{
    struct http_request *request = readiness->request;
    struct text *body = &request->answer.body;
    const char *status = readiness->failed     ? "not ready"
                         : readiness->degraded ? "degraded"
                                               : "ready";
    text_add_char(body, ']');
    json_text_string(body, "status", slice_of(status));
    text_add_char(body, '}');
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, readiness->failed ? 503 : 200, HTTP_JSON);
    http_answer_retry_after(request, ERR_NOT_READY);
    return OK;
}

/* --- the command endpoint: can it accept and store commands? RabbitMQ is not needed for that. --- */

static void add_log(struct readiness *readiness, const struct command_desk *desk)
{
    struct error why = {0};
    enum err err = command_desk_ready(desk, NULL);
    if (err)
        describe_failure(err, &why);
    else
        snprintf(why.text, sizeof why.text, "head at position %lld",
                 (long long)command_desk_head(desk));
    add_check(readiness, "log", err == OK, why.text);
}

/* The desk reads the log on its own connection; GET /streams and /events use these. */
static void add_reads(struct readiness *readiness, struct log_readers *readers)
{
    struct error why = {.text = "the log can be read"};
    enum err err = log_readers_check(readers, NULL);
    if (err)
        describe_failure(err, &why);
    add_check(readiness, "reads", err == OK, why.text);
}

enum err health_routes_commands_ready(struct http_request *request, struct error *error)
{
    (void)error;
    const struct command_endpoint *endpoint = command_endpoint_of(request);
    const struct command_desk *desk = endpoint->options.desk;
    struct readiness readiness = begin_checks(request);
    char detail[64];
    add_log(&readiness, desk);
    add_reads(&readiness, endpoint->readers);
    snprintf(detail, sizeof detail, "%zu commands waiting", command_desk_waiting(desk));
    add_check(&readiness, "desk", true, detail);
    int64_t behind_us = command_desk_clock_behind_us(desk);
    if (behind_us > 0) {
        snprintf(detail, sizeof detail, "%lld s behind the newest event",
                 (long long)(behind_us / 1000000));
        degrade(&readiness, "clock", detail);
    }
    if (atomic_load(&endpoint->stale))
        degrade(&readiness, "schemas",
                "schema reload rejected (the log of the process has the reason); the previous "
                "schemas stay in use");
    return answer_ready(&readiness);
}

/* --- the query endpoint: does every read model have a file to read from? ------------------------ */

enum err health_routes_queries_ready(struct http_request *request, struct error *error)
{
    (void)error;
    struct read_side *side = query_endpoint_of(request)->options.side;
    const struct models *models = read_side_models(side);
    struct readiness readiness = begin_checks(request);
    for (size_t i = 0; i < models_count(models); i++) {
        int64_t position = 0;
        struct error why = {0};
        enum err err = read_side_position(side, models_at(models, i), &position, NULL);
        bool lost = !err && position == 0 && read_side_has_shown(side, models_at(models, i));
        if (lost)
            snprintf(
                why.text, sizeof why.text,
                "its files were removed or moved, or are older than a position already returned");
        else if (err)
            describe_failure(err, &why);
        else
            snprintf(why.text, sizeof why.text, "at position %lld", (long long)position);
        add_check(&readiness, model_name(models_at(models, i)), !err && !lost, why.text);
    }
    return answer_ready(&readiness);
}
