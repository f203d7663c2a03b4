/* JSON Schema, draft 2020-12, compiled once and used by any number of threads at once.
 *
 * Keywords: type, properties, required, additionalProperties, patternProperties, propertyNames,
 * dependentRequired, dependentSchemas, items, prefixItems, contains, minContains, maxContains,
 * enum, const, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, minLength,
 * maxLength, minItems, maxItems, minProperties, maxProperties, uniqueItems, pattern (PCRE2 with a
 * match limit), format (asserted: date-time, date, uuid, email, uri), allOf, anyOf, oneOf, not,
 * if/then/else, $ref (inside the document), $defs, $id, $anchor; and the annotations $schema (this
 * draft's), $comment, title, description, examples, default, deprecated. A schema with any other
 * keyword is refused, by name, when it is compiled; so is one whose references lead out of the
 * document or go in circles without going into the value. The official suite of this draft is among
 * the tests.
 *
 * Numbers count by value: 1.0 is an integer and equals 1; 19.99 is a multiple of 0.01. Lengths
 * count Unicode code points. Expressions are those of ECMA-262 as far as PCRE2 has them.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

#include <jansson.h>

struct json_schema;

/* Keeps a reference to `document`. ERR_DEFINITION names the keyword and its JSON Pointer. */
MUST_CHECK enum err json_schema_compile(json_t *document, struct json_schema **ret_schema,
                                        struct error *error);
void json_schema_destroy(struct json_schema *schema);
AUTO_CLOSE(json_schema, struct json_schema, json_schema_destroy)

/* The faults of an instance: at most SCHEMA_FAULTS_MOST, in document order, those of an object
 * before those of its members. */
#define SCHEMA_FAULTS_MOST 20

struct schema_fault {
    char *
        pointer; /* JSON Pointer (RFC 6901) into the instance; "" is the whole. At most 1000 bytes; a longer one is cut to the nearest value above */
    char *detail; /* for a person */
};
struct schema_faults {
    struct schema_fault fault[SCHEMA_FAULTS_MOST];
    size_t count;
    bool exhausted; /* the instance takes too many steps, which is the only fault */
    size_t steps;   /* number of steps: visits of schemas, and work of the same cost */
};
void schema_faults_finish(struct schema_faults *faults);
AUTO_FINISH(schema_faults, struct schema_faults, schema_faults_finish)

/* True if the instance fits. If not and `faults` is not NULL, it says why. An instance that fits
 * costs no allocation, but for what a thread's first `pattern` needs, `uniqueItems` over more than
 * 32 elements, and what a validation of more than 2,000 steps keeps of its results. The instance
 * must be nested no deeper than json_read() allows.
 *
 * Steps are bounded by 1,000 for each value of the instance and each 64 bytes of its texts, and
 * 100,000 at least. An instance that takes more does not fit, whatever its values are. */
bool json_schema_validate(const struct json_schema *schema, const json_t *instance,
                          struct schema_faults *faults);

/* --- two versions of one schema: what the newer rejects or lacks that the older had (schema_compare.c) */

struct schema_change {
    const char *name;    /* of the event type or command */
    const char *pointer; /* of the field: "/address/city", "/lines/" and a star for each element;
                            "" is the whole */
    const char *rule;    /* that it breaks */
};

typedef void schema_change_fn(void *context, const struct schema_change *change);

/* Calls `tell` for each incompatible change and returns their number. Keywords that combine schemas
 * (anyOf, not, …) are compatible only if they are equal. */
size_t schema_compare(const char *name, const struct json_schema *older,
                      const struct json_schema *newer, schema_change_fn *tell, void *context);
