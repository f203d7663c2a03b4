/* A place in a JSON Schema, and the steps from it to the schemas of its members. Where a schema
 * leaves open what may be there, so does the node: no step from it is ever wrong. */
#pragma once

#include "base/slice.h"

#include <jansson.h>

struct field_schema {
    const json_t *root, *at; /* borrowed; `at` NULL: open, anything may be here */
};

#define FIELD_NAMES_MOST 64

/* The names a step could have taken, for messages. */
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
