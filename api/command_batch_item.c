/* The schema in the OpenAPI document decides whether an item has the right shape. Its idempotency
 * fingerprint is that of the same command sent alone: a repeat may come either way. */
#include "api/command_batch_item.h"

#include "api/answer_body.h"
#include "api/command_target.h"
#include "api/invalid_body.h"
#include "base/embedded.h"
#include "base/id.h"
#include "base/json.h"
#include "base/json_text.h"
#include "http/idempotency_key.h"
#include "http/problem.h"
#include "write_model/command_request.h"

#include <stdio.h>

extern const struct embedded_file api_files[];

struct json_schema *batch_item_schema(void)
{
    AUTO(json) json_t *part = NULL;
    struct json_schema *schema = NULL;
    struct error error;
    enum err err = json_read(embedded_text(api_files, "commands.json"), &part, &error);
    if (!err) {
        const json_t *components = json_object_get(part, "components");
        const json_t *schemas = json_object_get(components, "schemas");
        err = json_schema_compile(json_object_get(schemas, "BatchedCommand"), &schema, &error);
    }
    REQUIRE(err == OK);
    return schema;
}

static void take_problem(struct batch_item *item, const struct problem *problem)
{
    item->problem_status = error_http_status(problem->error->code);
    problem_write(problem, &item->problem);
}

static bool refuse(struct batch_item *item, struct http_request *request, const struct error *error)
{
    take_problem(item, &(struct problem){.error = error,
                                         .trace_id = http_request_trace_id(request),
                                         .current_version = -1});
    return false;
}

static bool refuse_faults(struct batch_item *item, struct http_request *request, const char *what,
                          const char *prefix, const struct schema_faults *faults)
{
    struct problem_fault listed[SCHEMA_FAULTS_MOST];
    struct error error;
    AUTO(arena) struct arena arena = {0};
    struct problem problem = invalid_body_problem(&arena, what, prefix, faults, listed, &error);
    problem.trace_id = http_request_trace_id(request);
    take_problem(item, &problem);
    return false;
}

/* 0: the stream must not exist. */
static int64_t expected_version(const json_t *json)
{
    const json_t *given = json_object_get(json, "expectedVersion");
    int64_t version = json_integer_value(given);
    if (!given)
        return EXPECT_ANY;
    return version > 0 ? version : EXPECT_NO_STREAM;
}

static const char *make_id(struct http_request *request)
{
    char *id = arena_allocate(&request->arena, ID_UUID_BYTES);
    id_make(id);
    return id;
}

static void read_trace(struct batch_item *item, struct http_request *request, const json_t *json)
{
    const char *own = json_string_or(json, "traceparent", NULL);
    if (!trace_context_is_valid(own))
        own = http_request_header(request, HTTP_TRACEPARENT);
    trace_context_continue(own, http_request_trace_id(request), item->traceparent);
    item->desk_request.traceparent = item->traceparent;
}

static void read_key(struct command_request *command, const json_t *json, struct slice body)
{
    AUTO(text) struct text path = {0};
    command->idempotency_key = json_string_or(json, "idempotencyKey", "");
    if (!command->idempotency_key[0])
        return;
    text_printf(&path, "/commands/%s", command->aggregate->category);
    if (json_object_get(json, "id"))
        text_printf(&path, "/%s", command->id);
    text_printf(&path, "/%s", command->kind->name);
    idempotency_key_fingerprint("POST", text_slice(&path), body, command->fingerprint);
}

static void read_command(struct batch_item *item, struct http_request *request, json_t *json,
                         struct slice body, const struct write_headers *headers)
{
    struct command_request *command = &item->desk_request;
    const char *id = json_string_or(json, "id", NULL);
    command->arena = &request->arena;
    command_request_set_stream(command, command->aggregate->category, id ? id : make_id(request));
    command->data = json_object_get(json, "data");
    command->expected_version = expected_version(json);
    command->correlation_id = json_string_or(json, "correlationId", headers->correlation);
    command->causation_id = json_string_or(json, "causationId", headers->causation);
    command->bytes = body.length;
    read_trace(item, request, json);
    read_key(command, json, body);
}

/* These faults are in the body of the request; those of the data are in the body that the command would
 * have as a single request. */
static bool refuse_shape(struct batch_item *item, struct http_request *request, size_t index,
                         const struct schema_faults *faults)
{
    char what[48], prefix[48];
    snprintf(what, sizeof what, "commands[%zu]", index);
    snprintf(prefix, sizeof prefix, "/commands/%zu", index);
    return refuse_faults(item, request, what, prefix, faults);
}

static bool has_shape(struct batch_item *item, struct http_request *request, size_t index,
                      const json_t *json)
{
    AUTO(schema_faults) struct schema_faults faults = {0};
    return json_schema_validate(command_endpoint_of(request)->batched, json, &faults) ||
           refuse_shape(item, request, index, &faults);
}

static bool has_valid_data(struct batch_item *item, struct http_request *request,
                           const struct command_target *target, const struct catalogue *catalogue,
                           const json_t *data)
{
    AUTO(schema_faults) struct schema_faults faults = {0};
    AUTO(text) struct text what = {0};
    if (command_target_validate(target, catalogue, data, &faults))
        return true;
    command_target_write(target, &what);
    return refuse_faults(item, request, what.at, "", &faults);
}

/* *ret_body is the body that the command would have if it were sent alone. */
static enum err take_data(json_t *json, size_t index, struct slice text, struct slice *ret_body,
                          struct error *error)
{
    *ret_body = json_scan_member(text, "data");
    if (!json_object_get(json, "data"))
        json_object_set_new(json, "data", json_object());
    else if (ret_body->length == 0)
        return error_set(error, ERR_BAD_REQUEST,
                         "commands[%zu]: write the member name \"data\" without escapes", index);
    return OK;
}

bool batch_item_read(struct batch_item *item, struct http_request *request, size_t index,
                     const struct catalogue *catalogue, json_t *json, struct slice text,
                     const struct write_headers *headers)
{
    struct command_target target;
    struct slice body;
    struct error error;
    if (!has_shape(item, request, index, json))
        return false;
    enum err err = command_target_find(command_endpoint_of(request)->options.aggregates,
                                       json_string_or(json, "category", ""),
                                       json_string_or(json, "command", ""), &target, &error);
    if (!err)
        err = take_data(json, index, text, &body, &error);
    if (err)
        return refuse(item, request, &error);
    if (!has_valid_data(item, request, &target, catalogue, json_object_get(json, "data")))
        return false;
    item->desk_request.aggregate = target.aggregate;
    item->desk_request.kind = target.kind;
    read_command(item, request, json, body, headers);
    return true;
}

static void write_desk_answer(const struct command_answer *answer, struct text *out)
{
    json_text_int(out, "status", answer_body_status(answer));
    json_text_string(out, "correlationId", answer->correlation_id);
    if (answer->replayed)
        json_text_bool(out, "replayed", true);
    json_text_name(out, "body");
    answer_body_write(answer, out);
}

void batch_item_write_answer(const struct batch_item *item, struct text *out)
{
    text_add_char(out, '{');
    if (item->problem_status) {
        json_text_int(out, "status", item->problem_status);
        json_text_name(out, "body");
        text_add_slice(out, text_slice(&item->problem));
    } else {
        write_desk_answer(&item->answer, out);
    }
    text_add_char(out, '}');
}

void batch_item_finish(struct batch_item *item)
{
    text_finish(&item->problem);
}
