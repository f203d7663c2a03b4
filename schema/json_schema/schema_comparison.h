/* The state of one comparison of two schemas (schema_compare.c): the position in both, the pairs that
 * have been compared, and the report of changes. */
#pragma once

#include "base/text.h"
#include "schema/json_schema/json_schema.h"

#define SCHEMA_COMPARISON_DEEPEST 128

struct schema_pair {
    const json_t *older, *newer;
};

struct schema_pairs {
    struct schema_pair *at;
    size_t count, capacity;
};

struct schema_comparison {
    const char *name;
    const struct json_schema *older, *newer; /* the documents, for $ref */
    struct text pointer;
    struct schema_pair open[SCHEMA_COMPARISON_DEEPEST]; /* being compared now */
    size_t depth;
    struct schema_pairs same;      /* found to be equal with all that they refer to */
    struct schema_pairs unchanged; /* compared, and no change found */
    schema_change_fn *report;
    void *context;
    size_t count; /* of changes */
};

/* Reports a change at the current pointer: of a rule, or of a keyword ("minimum", "is new"). */
void schema_comparison_report(struct schema_comparison *comparison, const char *rule);
void schema_comparison_report_keyword(struct schema_comparison *comparison, const char *keyword,
                                      const char *how);

/* Steps into a field; the result is the argument of schema_comparison_step_out(). */
size_t schema_comparison_step_in(struct schema_comparison *comparison, const char *name);
void schema_comparison_step_out(struct schema_comparison *comparison, size_t outside);

/* False, and does nothing, if the pair is being compared already or is nested too deeply, which is
 * reported. Else the caller decrements `depth` after comparing it. */
bool schema_comparison_open_pair(struct schema_comparison *comparison, const json_t *older,
                                 const json_t *newer);

bool schema_comparison_has_pair(const struct schema_pairs *pairs, const json_t *older,
                                const json_t *newer);
void schema_comparison_add_pair(struct schema_pairs *pairs, const json_t *older,
                                const json_t *newer);

/* True if both are equal as they are written, and in all that they refer to. If not, the caller removes
 * the pairs that were added to `same` meanwhile. */
bool schema_comparison_is_same(struct schema_comparison *comparison, const json_t *older,
                               const json_t *newer);
