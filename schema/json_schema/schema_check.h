/* The keywords that a value is checked against. A check returns true if the schema does not have the
 * keyword. schema_validate.c runs the checks of a schema.
 */
#pragma once

#include "schema/json_schema/schema_node.h"
#include "schema/json_schema/schema_walk.h"

/* --- schema_check.c: assertions about the value itself */

/* Any value. */
schema_check_fn schema_check_type, schema_check_enumeration, schema_check_constant;

/* True unless `const` or `enum` rules the value out. */
bool schema_check_is_allowed(const struct schema_node *node, const json_t *value);

/* A value of that type. */
schema_check_fn schema_check_number, schema_check_string, schema_check_array, schema_check_object;

/* The checks of a string, for a text that is not a JSON value: the name of a member. */
bool schema_check_text(const struct schema_node *node, struct slice text,
                       const struct schema_path *path, struct schema_walk *walk);

/* --- schema_combine.c: schemas for the same value; any value */

schema_check_fn schema_combine_reference, schema_combine_all_of, schema_combine_any_of,
    schema_combine_one_of, schema_combine_not, schema_combine_condition;

/* --- schema_name.c: propertyNames; an object */

schema_check_fn schema_name_check;

/* --- schema_validate.c: all keywords of a schema */

/* Selects the checks that the node needs, when it is otherwise complete. */
void schema_validate_prepare(struct schema_node *node);

schema_check_fn schema_validate;
