/* Regular expressions as JSON Schema defines them (ECMA-262, Unicode, unanchored), by PCRE2, with a
 * bound on the cost of a match. A pattern is immutable; any number of threads may use it. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

struct pattern;

/* ERR_DEFINITION says the fault and its character. */
MUST_CHECK enum err pattern_compile(const char *text, struct pattern **ret_pattern,
                                    struct error *error);
void pattern_destroy(struct pattern *pattern);
AUTO_CLOSE(pattern, struct pattern, pattern_destroy)

/* The expression. */
const char *pattern_text(const struct pattern *pattern);

enum pattern_result {
    PATTERN_MATCHES,
    PATTERN_DIFFERS,
    PATTERN_TOO_COSTLY, /* the limit was reached, or the text is not UTF-8 */
};

/* Allocates only the working memory of matching, once per thread. Adds the cost of the match to
 * *steps, in visits of schema nodes; 1 for an ordinary one. */
enum pattern_result pattern_match(const struct pattern *pattern, struct slice text, size_t *steps);
