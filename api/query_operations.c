/* What the documents tell of the query endpoint's routes, for their table. */
#include "api/query_operations.h"

#include "api/openapi_expand.h"

const struct operation query_operation_row = {
    .tag = "rows",
    .parameters = "NoneMatch MinPosition Prefer Traceparent",
    .answers = "304:RowNotModified",
    .problems = PROBLEMS_MODEL | PROBLEM(INVALID_ID),
    .expand = openapi_table_expand_row,
};
const struct operation query_operation_list = {
    .tag = "rows",
    .parameters = "Limit Cursor Count MinPosition Prefer Traceparent",
    .answers = "",
    .problems = PROBLEMS_MODEL | PROBLEM(INVALID_CURSOR) | PROBLEM(QUERY_TIMEOUT),
    .expand = openapi_table_expand_list,
};
const struct operation query_operation_named = {
    .tag = "rows",
    .parameters = "MinPosition Prefer Traceparent",
    .answers = "",
    .problems = PROBLEMS_MODEL | PROBLEM(RESULT_TOO_LARGE) | PROBLEM(QUERY_TIMEOUT),
    .expand = openapi_query_expand,
};
const struct operation query_operation_tables = {
    .id = "tables",
    .tag = "documents",
    .answers = "200:Tables",
    .problems = PROBLEMS_ASKED,
};
const struct operation query_operation_queries = {
    .id = "queries",
    .tag = "documents",
    .answers = "200:Queries",
    .problems = PROBLEMS_ASKED,
};
