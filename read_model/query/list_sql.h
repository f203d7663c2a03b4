/* The SELECTs of a list and the values for their parameters, in order: written in one walk, so that
 * they cannot disagree. Names come from the table's definition, quoted; values are bound. */
#pragma once

#include "read_model/query/list_request.h"

/* Some of the rows after a row: those which have its values in the sort's columns before this one,
 * and in this one a value that comes after, or NULL where that comes last. */
struct list_run {
    size_t column; /* an index of the request's sort */
    bool nulls;
};

/* The runs, in the list's order, that together are all rows after the one whose sort columns have
 * the values `after`. At most two for each column of the sort. */
size_t list_sql_runs(const struct list_request *request, const struct column_value *after,
                     struct list_run *ret);

struct list_sql {
    struct text text;
    struct {
        const struct column_value **at;
        size_t count, capacity;
    } values;
};

/* The request's fields, then the sort columns, of a run, or of all rows if `run` is NULL. Borrows
 * the request's values and those of `after`. */
void list_sql_init(struct list_sql *sql, const struct list_request *request,
                   const struct list_run *run, const struct column_value *after);
/* The number of rows that fit the request's filters. */
void list_sql_init_count(struct list_sql *sql, const struct list_request *request);
void list_sql_finish(struct list_sql *sql);
AUTO_FINISH(list_sql, struct list_sql, list_sql_finish)

/* Binds the values; the second one also the maximum number of rows, which a count does not have. */
void list_sql_bind_values(const struct list_sql *sql, struct statement *statement);
void list_sql_bind(const struct list_sql *sql, int64_t rows_most, struct statement *statement);
