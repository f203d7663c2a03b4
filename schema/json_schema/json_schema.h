/* JSON Schema, draft 2020-12, compiled once and used by any number of threads at once.
 *
 * A document is compiled by schema_compile.c, which creates a node (schema_node.h) for each schema and
 * reads keywords with schema_keyword.c, schema_resource.c ($id, $anchor) and schema_reference.c ($ref,
 * by uri_reference.c and json_pointer.h). An instance is validated by schema_validate.c, which runs
 * the checks of a node (schema_check.h: schema_check.c, schema_combine.c, schema_name.c) and counts
 * what they cost (schema_walk.h). They rest on json_value.h (numbers, equality, types), format.h and
 * pattern.h. What is wrong is listed in schema_faults.h. Two versions of a schema are compared by
 * schema_compare.c. Nothing here knows of events.
 *
 * Keywords: type, properties, required, additionalProperties, patternProperties, propertyNames,
 * dependentRequired, dependentSchemas, items, prefixItems, contains, minContains, maxContains,
 * enum, const, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, minLength,
 * maxLength, minItems, maxItems, minProperties, maxProperties, uniqueItems, pattern (PCRE2 with a
 * match limit), format (asserted: date-time, date, uuid, email, uri), allOf, anyOf, oneOf, not,
 * if/then/else, $ref (inside the document), $defs, $id, $anchor; and the annotations $schema (this
 * draft's), $comment, title, description, examples, default, deprecated. A schema with any other
 * keyword is rejected, by name, when it is compiled; so is one with a reference to another document,
 * or with references that lead back to it for the same value. The tests run the official suite of
 * this draft.
 *
 * Numbers are compared by value: 1.0 is an integer and equals 1; 19.99 is a multiple of 0.01. Lengths
 * count Unicode code points. Expressions are those of ECMA-262 as far as PCRE2 supports them.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "schema/json_schema/schema_faults.h"

#include <jansson.h>

struct json_schema;

/* Keeps a reference to `document`. ERR_DEFINITION names the keyword and its JSON Pointer. */
MUST_CHECK enum err json_schema_compile(json_t *document, struct json_schema **ret_schema,
                                        struct error *error);
void json_schema_destroy(struct json_schema *schema);
AUTO_CLOSE(json_schema, struct json_schema, json_schema_destroy)

/* True if the instance is valid. If not and `faults` is not NULL, adds the faults. A valid instance
 * needs no allocation, except for a thread's first `pattern`, for `uniqueItems` over more than 32
 * elements, and for the verdicts of a validation of more than 2,000 steps. The instance must be
 * nested no deeper than json_read() allows.
 *
 * A validation may take 1,000 steps for each value of the instance and each 64 bytes of its texts, and
 * at least 100,000. An instance that takes more is not valid, whatever its values are. */
bool json_schema_validate(const struct json_schema *schema, const json_t *instance,
                          struct schema_faults *faults);

/* --- schema_compare.c: compares two versions of a schema ------------------------------------- */

struct schema_change {
    const char *name;    /* of the event type or command */
    const char *pointer; /* of the field: "/address/city", "/lines/" and a star for each element;
                            "" is the whole */
    const char *rule;    /* that it breaks */
};

typedef void schema_change_fn(void *context, const struct schema_change *change);

/* Calls `report` for each incompatible change and returns their number: values that the newer version
 * rejects, and fields that it lacks, although the older version had them. Keywords that combine
 * schemas (anyOf, not, …) are compatible only if they are equal. */
size_t schema_compare(const char *name, const struct json_schema *older,
                      const struct json_schema *newer, schema_change_fn *report, void *context);
