/* Shared by the files that compare schemas; no other file includes it. */
#pragma once

#include "base/text.h"
#include "schema/json_schema/json_schema.h"

#define SCHEMA_COMPARE_DEEPEST 128

struct schema_pair {
    const json_t *older, *newer;
};

struct schema_pairs {
    struct schema_pair *at;
    size_t count, capacity;
};

struct comparison {
    const char *name;
    const struct json_schema *older, *newer; /* the documents, for $ref */
    struct text pointer;
    struct schema_pair open[SCHEMA_COMPARE_DEEPEST]; /* being compared now */
    size_t depth;
    /* Found to be the same, and compared without a change: pairs are looked at once, however many
     * schemas refer to them. */
    struct schema_pairs same, unchanged;
    schema_change_fn *tell;
    void *context;
    size_t count;
};

/* Reports a change at the current pointer: of a rule, or of a keyword ("minimum", "is new"). */
void schema_compare_tell(struct comparison *comparison, const char *rule);
void schema_compare_tell_keyword(struct comparison *comparison, const char *keyword,
                                 const char *how);

bool schema_compare_has(const json_t *values, const json_t *value);

/* Type, enum, limits, pattern and their like. */
void schema_compare_values(struct comparison *comparison, const json_t *older, const json_t *newer);
