/* What the documents tell of the command endpoint's routes. */
#pragma once

#include "api/operation.h"

extern const struct operation command_operation_send, command_operation_send_new,
    command_operation_send_batch, command_operation_append, command_operation_stream,
    command_operation_state, command_operation_streams, command_operation_events,
    command_operation_commands, command_operation_schemas, command_operation_schema;
