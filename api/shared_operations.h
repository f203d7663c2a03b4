/* What the documents tell of the routes both endpoints have. */
#pragma once

#include "api/operation.h"

extern const struct operation shared_operation_index, shared_operation_live, shared_operation_ready,
    shared_operation_metrics, shared_operation_openapi, shared_operation_docs,
    shared_operation_problems, shared_operation_problem;
