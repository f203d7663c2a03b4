/* Rows of a table, page by page. A page ends at its limit, or earlier when it has become large; in
 * both cases the cursor continues from there. */
#include "base/clock.h"
#include "read_model/query/cursor.h"
#include "read_model/query/list_sql.h"
#include "read_model/query/read_side_private.h"
#include "read_model/query/row_writer.h"

#define PAGE_BYTES ((size_t)2 * 1024 * 1024)

/* The rows of a list, one by one, in its order: a statement for each run (list_sql.h), which begins when
 * the one before has no more rows. Statements stay in the snapshot's cache, where the next page of the
 * same list finds them. A statement that has returned its last row is reset before the next one is
 * prepared, which may evict it. */
struct list_walk {
    struct read_snapshot *snapshot;
    const struct list_request *request;
    const struct column_value *after;
    struct list_run *runs; /* NULL: one statement for all rows */
    size_t run_count, run;
    int64_t rows_left;               /* that walk_next() may still return */
    const struct row_statement *row; /* at the current row; changes with the run */
};

static void list_walk_end(struct list_walk *walk)
{
    if (walk->row)
        statement_reset(walk->row->statement);
    walk->row = NULL;
}
AUTO_FINISH(list_walk, struct list_walk, list_walk_end)

static enum err get_statement(struct read_snapshot *snapshot, const struct list_request *request,
                              const struct list_sql *sql, struct row_statement **ret_row,
                              struct error *error)
{
    *ret_row = row_statement_find(&snapshot->lists, text_slice(&sql->text));
    if (*ret_row)
        return OK;
    enum err err =
        read_snapshot_prepare(snapshot, sql->text.at, request->field_count, ret_row, error);
    if (!err)
        row_statement_keep(&snapshot->lists, text_slice(&sql->text), *ret_row);
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

/* Moves before the first of at most `rows_most` rows. `after`: the values of the sort columns in the row
 * after which the walk begins, or NULL. */
static enum err walk_begin(struct list_walk *walk, struct read_snapshot *snapshot,
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

/* Moves to the next row; *ret_there is false after the last. */
static enum err walk_next(struct list_walk *walk, bool *ret_there, struct error *error)
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

/* The cursor after the current row; the sort columns follow the fields. */
static void write_next(const struct row_statement *row, const struct list_request *request,
                       struct text *next)
{
    AUTO(arena) struct arena arena = {0};
    struct column_value *values = arena_allocate(&arena, request->sort_count * sizeof *values);
    for (size_t i = 0; i < request->sort_count; i++)
        values[i] = column_value_of(row->statement, (int)(request->field_count + i));
    cursor_write(list_request_hash(request), values, request->sort_count, next);
}

/* The page is full: checks whether another row follows. */
static enum err look_ahead(struct list_walk *walk, struct read_answer *answer, struct error *error)
{
    bool there = false;
    write_next(walk->row, walk->request, &answer->next);
    enum err err = walk_next(walk, &there, error);
    if (!there)
        text_clear(&answer->next);
    return err;
}

/* Writes rows until the page is full. */
static enum err write_rows(struct list_walk *walk, int64_t rows_most, struct read_answer *answer,
                           struct error *error)
{
    struct row_writer writer = {walk->row, answer};
    size_t bytes_most = answer->page_bytes ? answer->page_bytes : PAGE_BYTES;
    bool there = true, full = false;
    row_writer_begin(&writer);
    while (there && !full) {
        enum err err = walk_next(walk, &there, error);
        if (err)
            return err;
        if (!there)
            break;
        writer.row = walk->row;
        row_writer_add(&writer);
        full = (int64_t)answer->rows == rows_most || answer->body.length >= bytes_most;
    }
    enum err err = full ? look_ahead(walk, answer, error) : OK;
    row_writer_end(&writer);
    return err;
}

/* Counts in the same snapshot, so that the count agrees with the rows, and within the same time
 * limit. */
static enum err count_rows(struct read_snapshot *snapshot, const struct list_request *request,
                           struct read_answer *answer, struct error *error)
{
    AUTO(list_sql) struct list_sql sql = {0};
    AUTO(statement) struct statement *statement = NULL;
    bool there = false;
    list_sql_init_count(&sql, request);
    enum err err = statement_prepare(snapshot->db, sql.text.at, &statement, error);
    if (err)
        return err;
    list_sql_bind_values(&sql, statement);
    err = statement_step(statement, &there, error);
    answer->has_count = there;
    answer->count = there ? statement_int(statement, 0) : 0;
    return err;
}

static enum err run(struct read_side *side, struct read_snapshot *snapshot,
                    struct list_request *request, const struct column_value *after,
                    struct read_answer *answer, struct error *error)
{
    AUTO(list_walk) struct list_walk walk = {0};
    int64_t rows_most = answer->page_rows ? answer->page_rows : request->limit;
    db_set_deadline(snapshot->db, clock_monotonic_ms() + side->time_limit_ms);
    enum err err =
        request->counts && !answer->continues ? count_rows(snapshot, request, answer, error) : OK;
    if (!err)
        err = walk_begin(&walk, snapshot, request, after, rows_most + 1, error);
    if (!err)
        err = write_rows(&walk, rows_most, answer, error);
    db_set_deadline(snapshot->db, 0);
    if (err == ERR_INTERRUPTED)
        return error_set(
            error, ERR_QUERY_TIMEOUT,
            "listing %s took longer than %lld ms; filter and sort by the first columns "
            "of an index",
            request->table->name, (long long)side->time_limit_ms);
    return err ? error_add_context(error, err, "list %s", request->table->name) : OK;
}

enum err read_list(struct read_side *side, const char *table_name,
                   const struct read_parameter *parameters, size_t count,
                   struct read_answer *answer, struct error *error)
{
    AUTO(list_request) struct list_request request = {0};
    AUTO(read_target) struct read_target target = {0};
    struct column_value *after = NULL;
    enum err err = read_find_table(&side->catalogue, table_name, answer, &target, error);
    if (!err)
        err = list_request_read(target.table, parameters, count, &request, error);
    if (!err && request.cursor.length)
        err = cursor_read(request.cursor, list_request_hash(&request), request.sort_count,
                          &request.arena, &after, error);
    if (err)
        return err;
    read_answer_clear(answer, target.turn.snapshot->position);
    metric_add(side->list_reads, 1);
    return run(side, target.turn.snapshot, &request, after, answer, error);
}
