/* The assertions of a schema about one value, without looking into it. Each gives true if the
 * schema does not have the keyword. */
#pragma once

#include "schema/json_schema/schema_node.h"

typedef bool schema_check_fn(const struct schema_node *node, const json_t *value,
                             const struct schema_path *path, struct schema_walk *walk);

/* Any value. */
schema_check_fn schema_check_type, schema_check_enumeration, schema_check_constant;

/* True unless `const` or `enum` rules the value out. */
bool schema_check_is_allowed(const struct schema_node *node, const json_t *value);

/* A value of that type. */
schema_check_fn schema_check_number, schema_check_string, schema_check_array, schema_check_object;

/* What is asked of a string, asked of a text that is no JSON value: the name of a member. */
bool schema_check_text(const struct schema_node *node, struct slice text,
                       const struct schema_path *path, struct schema_walk *walk);

/* schema_name.c: propertyNames, of an object. */
schema_check_fn schema_name_check;

/* schema_combine.c: of any value. */
schema_check_fn schema_combine_reference, schema_combine_all_of, schema_combine_any_of,
    schema_combine_one_of, schema_combine_not, schema_combine_condition;
