/* What the documents tell of the command endpoint's routes, for their table. */
#include "api/command_operations.h"

#include "api/openapi_expand.h"

#define WRITE_HEADERS "Match NoneMatchWrite IdempotencyKey Correlation Causation Traceparent"
#define PROBLEMS_LOG  (PROBLEMS_ASKED | PROBLEMS_FILE | PROBLEM(INVALID_ID))

const struct operation command_operation_send = {
    .tag = "commands",
    .parameters = WRITE_HEADERS,
    .answers = "200:Done 201:Done",
    .problems = PROBLEMS_WRITE,
    .expand = openapi_command_expand,
};
const struct operation command_operation_send_new = {
    .tag = "commands",
    .parameters = WRITE_HEADERS,
    .answers = "200:Done 201:Done",
    .problems = PROBLEMS_WRITE,
    .expand = openapi_command_expand_new,
};
const struct operation command_operation_send_batch = {
    .id = "commands.send",
    .tag = "commands",
    .parameters = "Correlation Causation Traceparent",
    .body = "Commands",
    .answers = "200:CommandAnswers",
    .problems = PROBLEMS_ASKED | PROBLEMS_JSON | PROBLEM(CROSS_ORIGIN),
};
const struct operation command_operation_append = {
    .id = "append",
    .tag = "streams",
    .parameters = "OwnCategory " WRITE_HEADERS,
    .body = "CloudEvents",
    .answers = "200:Done 201:Done",
    .problems = PROBLEMS_WRITE | PROBLEM(NOT_FOUND),
};
const struct operation command_operation_stream = {
    .id = "stream.events",
    .tag = "streams",
    .parameters = "From Limit Cursor Direction NoneMatch Traceparent",
    .answers = "200:StreamEvents 304:NotModified",
    .problems = PROBLEMS_LOG | PROBLEM(NO_STREAM) | PROBLEM(INVALID_CURSOR),
};
const struct operation command_operation_state = {
    .id = "stream.state",
    .tag = "streams",
    .parameters = "Version At NoneMatch Traceparent",
    .answers = "200:State 304:NotModified",
    .problems = PROBLEMS_LOG | PROBLEM(NOT_FOUND) | PROBLEM(NO_STREAM) | PROBLEM(POISON),
};
const struct operation command_operation_streams = {
    .id = "streams",
    .tag = "streams",
    .parameters = "Limit Cursor Traceparent",
    .answers = "200:Streams",
    .problems = PROBLEMS_LOG | PROBLEM(INVALID_CURSOR),
};
const struct operation command_operation_events = {
    .id = "events",
    .tag = "streams",
    .parameters = "After Limit Cursor TypePattern OfCategory Prefer LastEventId Traceparent",
    .answers = "200:EventLog",
    .problems = PROBLEMS_ASKED | PROBLEMS_FILE | PROBLEM(INVALID_CURSOR),
    .expand = openapi_event_expand,
};
const struct operation command_operation_commands = {
    .id = "commands",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:Commands 304:NotModified",
    .problems = PROBLEMS_ASKED,
};
const struct operation command_operation_schemas = {
    .id = "schemas",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:Schemas 304:NotModified",
    .problems = PROBLEMS_ASKED,
};
const struct operation command_operation_schema = {
    .id = "schema",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:Schema 304:NotModified",
    .problems = PROBLEMS_ASKED | PROBLEM(NOT_FOUND) | PROBLEM(INVALID_ID),
};
