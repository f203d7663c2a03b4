/* The SELECT of a list and the values for its parameters, in order: written in one walk, so that
 * they cannot disagree. Names come from the table's definition, quoted; values are bound. */
#pragma once

#include "read_model/list_request.h"

struct list_sql {
    struct text text;
    const struct column_value **values;
    size_t value_count, value_capacity;
    struct column_value limit;
};

/* `after` are the sort columns' values of the row after which to begin, or NULL. Gives the
 * request's fields, then the sort columns, of up to limit + 1 rows. Borrows the request's values.
 */
void list_sql_init(struct list_sql *sql, const struct list_request *request,
                   const struct column_value *after);
void list_sql_finish(struct list_sql *sql);
AUTO_FINISH(list_sql, struct list_sql, list_sql_finish)

void list_sql_bind(const struct list_sql *sql, struct statement *statement);
