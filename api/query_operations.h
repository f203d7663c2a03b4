/* What the documents tell of the query endpoint's routes. */
#pragma once

#include "api/operation.h"

extern const struct operation query_operation_row, query_operation_list, query_operation_tables,
    query_operation_named, query_operation_queries;
