/* What the OpenAPI document says about a route beyond its row in the table of routes. Names refer to
 * texts, schemas and headers in api/openapi/.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* A set of error codes. */
typedef uint64_t problem_set;
#define PROBLEM(code) (UINT64_C(1) << ERR_##code)
_Static_assert(ERR_INTERNAL < 64, "a set holds every code");

/* The problems of any route; of any route that reads its query string. */
#define PROBLEMS_ANY                                                                               \
    (PROBLEM(BAD_REQUEST) | PROBLEM(NOT_ACCEPTABLE) | PROBLEM(TOO_SLOW) | PROBLEM(TOO_LARGE) |     \
     PROBLEM(URI_TOO_LONG) | PROBLEM(UNKNOWN_HOST) | PROBLEM(QUEUE_FULL) | PROBLEM(STOPPING) |     \
     PROBLEM(INTERNAL))
#define PROBLEMS_ASKED (PROBLEMS_ANY | PROBLEM(INVALID_PARAMETER))
/* Of any route that reads JSON. */
#define PROBLEMS_JSON                                                                              \
    (PROBLEM(INVALID_JSON) | PROBLEM(UNSUPPORTED_MEDIA) | PROBLEM(INVALID_BODY) |                  \
     PROBLEM(TOO_MANY_VALUES) | PROBLEM(TOO_COSTLY) | PROBLEM(NO_MEMORY))
/* Of reading one of our files. */
#define PROBLEMS_FILE                                                                              \
    (PROBLEM(BUSY) | PROBLEM(IO) | PROBLEM(INTERRUPTED) | PROBLEM(CORRUPT) | PROBLEM(OTHER_LOG))
#define PROBLEMS_WRITE                                                                             \
    (PROBLEMS_ASKED | PROBLEMS_FILE | PROBLEM(INVALID_ID) | PROBLEMS_JSON |                        \
     PROBLEM(CROSS_ORIGIN) | PROBLEM(REFUSED) | PROBLEM(WRONG_VERSION) | PROBLEM(KEY_REUSED) |     \
     PROBLEM(NOTHING_STORED) | PROBLEM(DISK_FULL) | PROBLEM(OUTCOME_UNKNOWN) | PROBLEM(REPLACED) | \
     PROBLEM(OTHER_WRITER) | PROBLEM(POISON))
#define PROBLEMS_MODEL                                                                             \
    (PROBLEMS_ASKED | PROBLEMS_FILE | PROBLEM(NOT_FOUND) | PROBLEM(NOT_REACHED) |                  \
     PROBLEM(NOT_READY) | PROBLEM(DEFINITION))

struct openapi;
struct route;

/* Lists are names separated by spaces. */
struct operation {
    const char *id;         /* operationId */
    const char *tag;        /* its group */
    const char *parameters; /* of components/parameters, beside those of the path */
    const char *body;       /* of components/requestBodies, or NULL */
    const char *answers;    /* "200:Name": of components/responses */
    problem_set problems;
    /* Adds one operation for each thing that the route serves, instead of one for all; or NULL. */
    void (*expand)(struct openapi *openapi, const struct route *route);
};

/* Of the routes that both endpoints have. */
extern const struct operation operation_index, operation_live, operation_ready, operation_metrics,
    operation_openapi, operation_docs, operation_problems, operation_problem;
