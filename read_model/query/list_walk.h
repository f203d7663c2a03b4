/* The rows of a list, one by one, in its order: a statement for each run (list_sql.h), the next one
 * made when the one before has no more rows. Belongs to a snapshot and lives within its turn. */
#pragma once

#include "read_model/query/list_sql.h"
#include "read_model/query/read_snapshot.h"

struct list_walk {
    struct read_snapshot *snapshot;
    const struct list_request *request;
    const struct column_value *after;
    struct list_run *runs;
    size_t run_count, run;           /* none of all rows */
    int64_t rows_left;               /* the walk may be asked for */
    const struct row_statement *row; /* at the present row; changes from run to run */
};

/* Before the first row of at most `rows_most`; borrows all. `after` are the sort columns' values of
 * the row behind which to begin, or NULL. */
MUST_CHECK enum err list_walk_begin(struct list_walk *walk, struct read_snapshot *snapshot,
                                    struct list_request *request, const struct column_value *after,
                                    int64_t rows_most, struct error *error);

/* To the next row; *ret_there is false behind the last. */
MUST_CHECK enum err list_walk_next(struct list_walk *walk, bool *ret_there, struct error *error);

void list_walk_end(struct list_walk *walk);
AUTO_FINISH(list_walk, struct list_walk, list_walk_end)
