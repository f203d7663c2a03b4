/* The problem of a body that does not match its schema: 422 with a JSON Pointer for each fault; or
 * too-costly, if validating takes too many steps. */
#pragma once

#include "http/http_request.h"
#include "http/problem.h"
#include "schema/json_schema/json_schema.h"

/* `what` ("account open") for the sentence; `prefix` goes in front of each pointer ("", "/data").
 */
void invalid_body_answer(struct http_request *request, const char *what, const char *prefix,
                         const struct schema_faults *faults);

/* Only the problem; it borrows `faults`, fills `listed` and `error`, and is valid as long as they and the
 * arena are. */
struct problem invalid_body_problem(struct arena *arena, const char *what, const char *prefix,
                                    const struct schema_faults *faults,
                                    struct problem_fault listed[SCHEMA_FAULTS_MOST],
                                    struct error *error);
