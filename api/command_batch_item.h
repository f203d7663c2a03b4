/* One command of a batch: reading it from the request, writing its answer. */
#pragma once

#include "api/command_context.h"
#include "api/write_headers.h"
#include "base/json_scan.h"
#include "telemetry/trace_context.h"

struct command_batch;

struct batch_item {
    struct command_batch *batch;
    struct command_request desk_request;
    struct command_answer answer; /* of the desk */
    struct text problem;          /* why it was not submitted, with its status … */
    int problem_status;           /* … 0: it was */
    char traceparent[TRACE_PARENT_BYTES];
};

/* Reads `json`, the command at `index` of the batch, whose text in the body is `text`, into desk_request;
 * `headers` are those of the batch, for a command without ids. False if the command is invalid: then
 * `problem` is set. The item borrows from the request and from `json`. */
bool batch_item_read(struct batch_item *item, struct http_request *request, size_t index,
                     const struct catalogue *catalogue, json_t *json, struct slice text,
                     const struct write_headers *headers);

/* {"status":…,"correlationId":…,"body":…} */
void batch_item_write_answer(const struct batch_item *item, struct text *out);

void batch_item_finish(struct batch_item *item);

/* The schema of a command in a batch, the one that the OpenAPI document shows. */
struct json_schema *batch_item_schema(void);
