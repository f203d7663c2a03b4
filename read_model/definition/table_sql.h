/* Parts of SQL that is made at run time from a table's definition. Values are never written into
 * SQL; they are bound. */
#pragma once

#include "base/text.h"
#include "read_model/definition/model.h"

/* Adds a name as SQL takes any: in double quotes, its own doubled. */
void table_sql_add_name(const char *name, struct text *out);

/* Adds SELECT "a", "b" FROM "t": all columns in their order. */
void table_sql_add_select(const struct model_table *table, struct text *out);
