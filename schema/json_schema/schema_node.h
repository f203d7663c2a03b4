/* A compiled schema from inside: what schema_compile.c makes and schema_validate.c walks. Only the
 * files of JSON Schema include it.
 *
 * Immutable once compiled. Texts and JSON values are borrowed from the document, memory is the
 * schema's arena.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "schema/json_schema/format.h"
#include "schema/json_schema/json_schema.h"

#include <stdint.h>

/* --- pattern.c: regular expressions as JSON Schema wants them (ECMA-262, Unicode, unanchored), by PCRE2,
 * with a bound on what a match may cost. Immutable once compiled, used by any number of threads. */

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

/* --- what schema_compile.c makes */

struct schema_node;

struct schema_list {
    struct schema_node **nodes;
    size_t count;
};

/* Schemas by name, sorted by it. */
struct schema_map {
    const char **names;
    struct schema_node **nodes;
    struct pattern **patterns; /* of patternProperties; else NULL */
    size_t count;
};

/* Bounds of a count; `most` is SIZE_MAX without an upper bound. */
struct schema_bounds {
    size_t least, most;
};

/* Bits of schema_node.types. */
enum schema_type {
    SCHEMA_NULL = 1 << 0,
    SCHEMA_BOOLEAN = 1 << 1,
    SCHEMA_INTEGER = 1 << 2,
    SCHEMA_NUMBER = 1 << 3,
    SCHEMA_STRING = 1 << 4,
    SCHEMA_ARRAY = 1 << 5,
    SCHEMA_OBJECT = 1 << 6,
};

/* A keyword that is absent leaves its field zero. */
struct schema_node {
    bool never;     /* the schema `false` */
    unsigned types; /* 0: any */
    const json_t *enumeration, *constant;

    const json_t *minimum, *maximum, *exclusive_minimum, *exclusive_maximum, *multiple_of;

    struct schema_bounds characters;
    struct pattern *pattern;
    enum format format;

    struct schema_bounds item_count;
    bool unique_items;
    struct schema_list prefix_items;
    struct schema_node *items;
    struct schema_node *contains;
    struct schema_bounds contains_count; /* of elements that `contains` fits */

    struct schema_bounds member_count;
    struct schema_map properties, pattern_properties;
    bool has_tags; /* a property has `const` or `enum` */
    struct schema_node *additional_properties;
    const json_t *required;           /* an array of strings */
    const json_t *dependent_required; /* an object of such arrays */
    struct schema_map dependent_schemas;
    struct schema_node *property_names;

    struct schema_list all_of, any_of, one_of;
    struct schema_node *negation, *condition, *consequence, *alternative; /* not, if, then, else */
    struct schema_node *reference;
    struct schema_map definitions;

    uint32_t asked; /* the checks of schema_validate.c that apply, one bit each */
    int height;     /* of the longest chain of schemas for the same value; see schema_compile.c */
};

/* Everything that is compiled, by its place in the document. */
struct schema_place {
    const json_t *json;
    struct schema_node *node;
};

struct json_schema {
    json_t *document;
    struct schema_node *root;
    struct {
        struct schema_place *at;
        size_t count, capacity;
    } places; /* sorted by address once all are there */
    struct {
        struct pattern **at;
        size_t count, capacity;
    } patterns;
    struct arena arena;
};

/* --- schema_compile.c */

/* Compiles schema->document into schema->root. ERR_DEFINITION names keyword and pointer; the schema
 * must be destroyed all the same. Schemas that refer to themselves for the same value, without going
 * into it, are rejected, because validating would not end; and so are chains longer than the stack of
 * a thread should carry. */
MUST_CHECK enum err schema_compile(struct json_schema *schema, struct error *error);

/* Sets `asked`, when the node is otherwise complete. */
void schema_validate_prepare(struct schema_node *node);

/* The target of the $ref of a schema of this document; NULL without a $ref. */
const json_t *schema_reference_target(const struct json_schema *schema, const json_t *json);

/* The bit of a type's name ("string"), or 0; and the names of `types` for messages, "a string or
 * null". */
unsigned schema_type_find(const char *name);
void schema_type_describe(unsigned types, struct text *out);
/* All bits of a value: 1.0 is an integer and a number. */
unsigned schema_type_of(const json_t *value);

/* --- one validation of one instance: schema_walk.c */

/* Where in the instance a value stands: a chain down from the value to the root (NULL). */
struct schema_path {
    const struct schema_path *above;
    const char *name; /* of a member, or NULL */
    size_t index;     /* of an element */
};

struct schema_walk {
    const json_t *instance;
    struct schema_faults *faults;    /* NULL: faults are not collected */
    size_t steps, most;              /* taken, and the number at which schema_walk_extend() runs */
    bool exhausted;                  /* every further check fails at once; the verdict is invalid */
    struct schema_verdict *verdicts; /* NULL until the walk is long */
    size_t verdict_mask;
};

#define SCHEMA_WALK_SHORT 2000 /* steps */

/* Frees the memory of the walk; if it was exhausted, makes that the only fault. */
void schema_walk_finish(struct schema_walk *walk);

/* Called when the walk has reached walk->most. False if it must end. */
bool schema_walk_extend(struct schema_walk *walk);

/* Counts work that costs about as much as visiting `count` nodes. False if the walk must end. */
static inline bool schema_walk_step(struct schema_walk *walk, size_t count)
{
    walk->steps += count;
    return walk->steps <= walk->most || schema_walk_extend(walk);
}

/* The verdict of the target of a $ref on a value that it was asked before; false if unknown. */
bool schema_walk_recall(const struct schema_walk *walk, const struct schema_node *node,
                        const json_t *value, bool *ret_fits);
void schema_walk_remember(struct schema_walk *walk, const struct schema_node *node,
                          const json_t *value, bool fits);

/* Adds a fault unless there are SCHEMA_FAULTS_MOST already. If the value's pointer is longer than a
 * thousand bytes, the fault stands at the nearest value above it whose pointer is not. */
void schema_walk_add_fault(struct schema_walk *walk, const struct schema_path *path,
                           const char *format, ...) PRINTF_LIKE(3, 4);

/* True if the caller collects faults and the list is not full. */
static inline bool schema_walk_wants_faults(const struct schema_walk *walk)
{
    return walk->faults && walk->faults->count < SCHEMA_FAULTS_MOST;
}

/* --- schema_validate.c */

bool schema_validate(const struct schema_node *node, const json_t *value,
                     const struct schema_path *path, struct schema_walk *walk);

/* The same without collecting faults, for a schema that the value need not fit. */
bool schema_validate_quietly(const struct schema_node *node, const json_t *value,
                             struct schema_walk *walk);

/* --- schema_check.c: the assertions of a schema about one value, without looking into it. Each returns
 * true if the schema does not have the keyword. */

typedef bool schema_check_fn(const struct schema_node *node, const json_t *value,
                             const struct schema_path *path, struct schema_walk *walk);

/* Any value. */
schema_check_fn schema_check_type, schema_check_enumeration, schema_check_constant;

/* True unless `const` or `enum` rules the value out. */
bool schema_check_is_allowed(const struct schema_node *node, const json_t *value);

/* A value of that type. */
schema_check_fn schema_check_number, schema_check_string, schema_check_array, schema_check_object;

/* The checks of a string, for a text that is not a JSON value: the name of a member. */
bool schema_check_text(const struct schema_node *node, struct slice text,
                       const struct schema_path *path, struct schema_walk *walk);

/* schema_name.c: propertyNames, of an object. */
schema_check_fn schema_name_check;

/* schema_combine.c: of any value. */
schema_check_fn schema_combine_reference, schema_combine_all_of, schema_combine_any_of,
    schema_combine_one_of, schema_combine_not, schema_combine_condition;
