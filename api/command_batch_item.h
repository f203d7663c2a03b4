/* One command of a batch: from its place in the request to its place in the answer. */
#pragma once

#include "api/command_endpoint_private.h"
#include "api/write_headers.h"
#include "base/json_scan.h"
#include "http/trace_context.h"

struct command_batch;

struct batch_item {
    struct command_batch *batch;
    struct command_request desk_request;
    struct command_answer answer;
    char traceparent[TRACE_PARENT_BYTES];
};

/* Reads `json`, whose text in the body is `text`, into desk_request; `ids` are the batch's, for a
 * command that has none. False if it is wrong: then its answer says so. What is borrowed lives as
 * long as the request and `json`. */
bool batch_item_read(struct batch_item *item, struct http_request *request,
                     const struct catalogue *catalogue, json_t *json, struct slice text,
                     const struct write_headers *headers);

/* {"status":…,"correlationId":…,"body":…} */
void batch_item_write_answer(const struct batch_item *item, struct text *out);

/* The schema of a command in a batch, the one that the OpenAPI document shows. */
struct json_schema *batch_item_schema(void);
