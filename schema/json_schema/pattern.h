/* Regular expressions as JSON Schema wants them (ECMA-262, Unicode, unanchored), by PCRE2, with a
 * bound on what a match may cost. Immutable once compiled, used by any number of threads at once.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

struct pattern;

/* ERR_DEFINITION says what is wrong and at which character. */
MUST_CHECK enum err pattern_compile(const char *text, struct pattern **ret_pattern,
                                    struct error *error);
void pattern_destroy(struct pattern *pattern);
AUTO_CLOSE(pattern, struct pattern, pattern_destroy)

/* The expression. */
const char *pattern_text(const struct pattern *pattern);

enum pattern_result {
    PATTERN_MATCHES,
    PATTERN_DIFFERS,
    PATTERN_TOO_COSTLY, /* the bound was reached, or the text is not UTF-8 */
};

/* Allocates nothing but, once per thread, what matching works in. Adds to *steps what the match
 * cost, in visits of schema nodes (schema_node.h); 1 for an ordinary one. */
enum pattern_result pattern_match(const struct pattern *pattern, struct slice text, size_t *steps);
