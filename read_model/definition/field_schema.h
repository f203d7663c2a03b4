/* A location in a JSON Schema, and the steps from it to the schemas of its members. Where a schema
 * does not restrict the value, the location is open: every step from it succeeds. */
#pragma once

#include "base/slice.h"

#include <jansson.h>

struct field_schema {
    const json_t *root, *at; /* borrowed; `at` NULL: open, anything may be here */
};

#define FIELD_NAMES_MOST 64

/* The member names that a schema has, for messages. */
struct field_names {
    const char *name[FIELD_NAMES_MOST];
    size_t count;
};

static inline struct field_schema field_schema_open(void)
{
    return (struct field_schema){0};
}

/* The schema of a member. False if the schema has no such member; `names` gets those it has. */
bool field_schema_member(struct field_schema node, struct slice name, struct field_schema *ret_node,
                         struct field_names *names);

/* The schema of an array's elements. */
struct field_schema field_schema_element(struct field_schema node);
