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
    /* The text names no file, or the client is an operator. Else `failure` may be shown instead, such
     * as "read model x cannot be read"; NULL: unknown. */
    bool text_is_public;
    const char *failure;
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

/* Adds the application/problem+json body. The text of an error of class STOP, or of one that the
 * operating system or SQLite reports about a file, is shown only if it is public: it may name files of
 * the server. The log has it. */
void problem_write(const struct problem *problem, struct text *out);
