/* Telling what is wrong with a body that breaks its schema: 422 with a JSON Pointer for each fault;
 * or, with a problem of its own, that validating takes too many steps. */
#pragma once

#include "http/http_request.h"
#include "http/problem.h"
#include "schema/json_schema/json_schema.h"

/* `what` ("account open") for the sentence; `prefix` goes in front of each pointer ("", "/data").
 */
void invalid_body_answer(struct http_request *request, const char *what, const char *prefix,
                         const struct schema_faults *faults);

/* The problem alone; it borrows `faults`, fills `told` and `error`, and lives as long as they and
 * the arena do. */
struct problem invalid_body_problem(struct arena *arena, const char *what, const char *prefix,
                                    const struct schema_faults *faults,
                                    struct problem_fault told[SCHEMA_FAULTS_MOST],
                                    struct error *error);
