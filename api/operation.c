/* The operations of the routes that both endpoints have. */
#include "api/operation.h"

const struct operation operation_index = {
    .id = "index",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:Index 304:NotModified",
    .problems = PROBLEMS_ASKED,
};
const struct operation operation_problems = {
    .id = "problems",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:ProblemKinds 304:NotModified",
    .problems = PROBLEMS_ASKED,
};
const struct operation operation_problem = {
    .id = "problem",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:ProblemKind 304:NotModified",
    .problems = PROBLEMS_ASKED | PROBLEM(NOT_FOUND) | PROBLEM(INVALID_ID),
};
const struct operation operation_live = {
    .id = "livez",
    .tag = "health",
    .answers = "200:Alive",
    .problems = PROBLEMS_ANY,
};
const struct operation operation_ready = {
    .id = "readyz",
    .tag = "health",
    .answers = "200:Readiness 503:NotReady",
    .problems = PROBLEM(BAD_REQUEST) | PROBLEM(NOT_ACCEPTABLE) | PROBLEM(TOO_SLOW) |
                PROBLEM(TOO_LARGE) | PROBLEM(UNKNOWN_HOST) | PROBLEM(INTERNAL),
};
const struct operation operation_metrics = {
    .id = "metrics",
    .tag = "health",
    .answers = "200:Metrics",
    .problems = PROBLEMS_ANY,
};
const struct operation operation_openapi = {
    .id = "openapi",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:OpenApi 304:NotModified",
    .problems = PROBLEMS_ASKED,
};
const struct operation operation_docs = {
    .id = "docs",
    .tag = "documents",
    .parameters = "NoneMatch",
    .answers = "200:Page 304:NotModified",
    .problems = PROBLEMS_ASKED,
};
