/* A compiled schema as data: schema_compile.c makes it, schema_validate.c applies it. Only the files of
 * the library include this header.
 *
 * A compiled schema is immutable. Texts and JSON values are borrowed from the document; memory is
 * that of the schema's arena.
 */
#pragma once

#include "base/arena.h"
#include "schema/json_schema/format.h"
#include "schema/json_schema/json_value.h"

#include <stdint.h>

struct pattern; /* pattern.h */
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

/* A keyword that is absent leaves its field zero. */
struct schema_node {
    bool never;     /* the schema `false` */
    unsigned types; /* bits of enum schema_type; 0: any */
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

    uint32_t checks; /* the checks of schema_validate.c that apply, one bit each */
    int height;      /* of the longest chain of schemas for the same value; see json_schema.c */
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
    } places; /* sorted by address when references are resolved */
    struct {
        struct pattern **at;
        size_t count, capacity;
    } patterns;
    struct arena arena;
};

/* schema_reference.c: the target of the $ref of a schema of this document; NULL without a $ref. */
const json_t *schema_reference_target(const struct json_schema *schema, const json_t *json);
