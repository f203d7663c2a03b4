/* GET /streams/{category}/{id}/state: what its events fold to, now or as it was. */
#include "api/command_endpoint_private.h"
#include "api/log_call.h"
#include "api/stream_answer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_text.h"
#include "http/http_answer.h"
#include "write_model/state_fold.h"

struct moment {
    struct log_call call;
    const struct aggregate *aggregate;
    int64_t version, at_us; /* 0: now */
};

static enum err read_moment(struct http_request *request, struct moment *ret, struct error *error)
{
    static const char *const names[] = {"version", "at", NULL};
    struct query_string query;
    enum err err = query_string_read_known(request, names, &query, error);
    if (!err)
        err = query_string_int(&query, "version", 1, INT64_MAX, 0, &ret->version, error);
    if (err)
        return err;
    const struct slice *at = query_string_value(&query, "at");
    ret->at_us = 0;
    if (at && !clock_parse(*at, &ret->at_us))
        return error_set(error, ERR_INVALID_PARAMETER,
                         "at must be a time such as 2026-11-23T10:00:00Z");
    if (at && ret->at_us < 1)
        ret->at_us = 1; /* before any event was recorded, and not 0, which means now */
    if (at && ret->version)
        return error_set(error, ERR_INVALID_PARAMETER, "version and at exclude each other");
    return OK;
}

static enum err find_aggregate(const struct http_request *request, const struct aggregate **ret,
                               struct error *error)
{
    *ret =
        aggregate_find(command_endpoint_of(request)->options.aggregates, request->parameter[0].at);
    return *ret ? OK
                : error_set(error, ERR_NOT_FOUND,
                            "%s has no aggregate, so its streams have events but no state",
                            request->parameter[0].at);
}

/* On a worker. */
static enum err read_state(struct http_request *request, struct event_store *log,
                           struct error *error)
{
    const struct moment *moment = request->state;
    AUTO(json) json_t *state = NULL;
    int64_t version = 0;
    struct state_bound bound = {moment->version, moment->at_us};
    enum err err = state_fold_load_json(log, command_endpoint_of(request)->options.catalogue,
                                        moment->aggregate, request->parameter[1].at, bound, &state,
                                        &version, error);
    if (!err && version < moment->version)
        err = error_set(error, ERR_NOT_FOUND, "the stream is at version %lld, not yet at %lld",
                        (long long)version, (long long)moment->version);
    if (err || stream_answer_not_modified(request, version))
        return err;
    struct text *body = &request->answer.body;
    text_add_char(body, '{');
    json_text_string(body, "stream", stream_answer_name(request));
    json_text_int(body, "version", version);
    json_text_name(body, "state");
    json_write(state, body);
    text_add_char(body, '}');
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

enum err state_routes_state(struct http_request *request, struct error *error)
{
    struct moment *moment = arena_allocate(&request->arena, sizeof *moment);
    *moment = (struct moment){.call.read = read_state};
    enum err err = read_moment(request, moment, error);
    if (!err)
        err = find_aggregate(request, &moment->aggregate, error);
    return err ? err : log_call_start(request, &moment->call, error);
}
