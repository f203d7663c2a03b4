/* Problem details (RFC 9457): the form of an error over HTTP, on every endpoint. */
#pragma once

#include "base/error.h"
#include "base/text.h"

#define PROBLEM_TYPE_PREFIX                                                                        \
    "/problems/" /* begins every problem's `type`; the code's slug follows */

struct problem_fault {
    const char *pointer, *detail;
};

struct problem {
    const struct error *error;
    const char *trace_id;               /* "" or NULL: none */
    const struct problem_fault *faults; /* `errors`, for invalid bodies */
    size_t fault_count;
    int64_t current_version; /* with ERR_WRONG_VERSION; else -1 */
};

/* What the problem means, and what to do about it (problem_help.def). In both texts `…` marks
 * names. */
const char *problem_meaning(enum err code);
const char *problem_action(enum err code);

/* The code with this slug, or OK. */
enum err problem_find(struct slice slug);

/* Adds the application/problem+json body. Errors of class STOP show only their title; the log has the
 * rest. */
void problem_write(const struct problem *problem, struct text *out);
