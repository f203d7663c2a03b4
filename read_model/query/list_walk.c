/* Statements stay in the snapshot's cache, so that the next page of the same list finds them; one
 * that has given its last row is reset before the next is asked for, which may throw it out. */
#include "read_model/query/list_walk.h"

static enum err get_statement(struct read_snapshot *snapshot, const struct list_request *request,
                              const struct list_sql *sql, struct row_statement **ret_row,
                              struct error *error)
{
    *ret_row = statement_cache_find(&snapshot->lists, text_slice(&sql->text));
    if (*ret_row)
        return OK;
    enum err err =
        read_snapshot_prepare(snapshot, sql->text.at, request->field_count, ret_row, error);
    if (!err)
        statement_cache_add(&snapshot->lists, text_slice(&sql->text), *ret_row);
    return err;
}

static enum err begin_run(struct list_walk *walk, struct error *error)
{
    AUTO(list_sql) struct list_sql sql = {0};
    struct row_statement *row = NULL;
    list_walk_end(walk);
    list_sql_init(&sql, walk->request, walk->runs ? &walk->runs[walk->run] : NULL, walk->after);
    enum err err = get_statement(walk->snapshot, walk->request, &sql, &row, error);
    if (err)
        return err;
    list_sql_bind(&sql, walk->rows_left, row->statement);
    walk->row = row;
    return OK;
}

enum err list_walk_begin(struct list_walk *walk, struct read_snapshot *snapshot,
                         struct list_request *request, const struct column_value *after,
                         int64_t rows_most, struct error *error)
{
    *walk = (struct list_walk){.snapshot = snapshot,
                               .request = request,
                               .after = after,
                               .run_count = 1,
                               .rows_left = rows_most};
    if (after) {
        walk->runs = arena_allocate(&request->arena, 2 * request->sort_count * sizeof *walk->runs);
        walk->run_count = list_sql_runs(request, after, walk->runs);
    }
    return begin_run(walk, error);
}

enum err list_walk_next(struct list_walk *walk, bool *ret_there, struct error *error)
{
    enum err err = statement_step(walk->row->statement, ret_there, error);
    while (!err && !*ret_there && walk->run + 1 < walk->run_count && walk->rows_left > 0) {
        walk->run++;
        err = begin_run(walk, error);
        if (!err)
            err = statement_step(walk->row->statement, ret_there, error);
    }
    if (!err && *ret_there)
        walk->rows_left--;
    return err;
}

void list_walk_end(struct list_walk *walk)
{
    if (walk->row)
        statement_reset(walk->row->statement);
    walk->row = NULL;
}
