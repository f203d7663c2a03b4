/* Rows of a table, page by page. A page ends at its limit, or before when it has grown large; the
 * cursor then goes on from there all the same. */
#include "base/clock.h"
#include "read_model/cursor.h"
#include "read_model/list_sql.h"
#include "read_model/read_find.h"
#include "read_model/row_writer.h"

#define PAGE_BYTES (2 * 1024 * 1024)

static enum err get_statement(struct snapshot *snapshot, const struct list_request *request,
                              const struct list_sql *sql, struct row_statement **ret_row,
                              struct error *error)
{
    *ret_row = statement_cache_find(&snapshot->lists, text_slice(&sql->text));
    if (*ret_row)
        return OK;
    enum err err = snapshot_prepare(snapshot, sql->text.at, request->field_count, ret_row, error);
    if (!err)
        statement_cache_add(&snapshot->lists, text_slice(&sql->text), *ret_row);
    return err;
}

/* The cursor after the present row, whose sort columns stand behind its fields. */
static void write_next(const struct row_statement *row, const struct list_request *request,
                       struct text *next)
{
    AUTO(arena) struct arena arena = {0};
    struct column_value *values = arena_allocate(&arena, request->sort_count * sizeof *values);
    for (size_t i = 0; i < request->sort_count; i++)
        values[i] = column_value_of(row->statement, (int)(request->field_count + i));
    cursor_write(list_request_hash(request), values, request->sort_count, next);
}

/* The page is full: is there one more row? */
static enum err look_ahead(const struct row_statement *row, const struct list_request *request,
                           struct read_answer *answer, struct error *error)
{
    bool there = false;
    write_next(row, request, &answer->next);
    enum err err = statement_step(row->statement, &there, error);
    if (!there)
        text_clear(&answer->next);
    return err;
}

/* Writes rows until the page is full. */
static enum err write_rows(const struct row_statement *row, const struct list_request *request,
                           struct read_answer *answer, struct error *error)
{
    const struct row_writer writer = {row, answer};
    bool there = true, full = false;
    row_writer_begin(&writer);
    while (there && !full) {
        enum err err = statement_step(row->statement, &there, error);
        if (err)
            return err;
        if (!there)
            break;
        row_writer_add(&writer);
        full = (int64_t)answer->rows == request->limit || answer->body.length >= PAGE_BYTES;
    }
    enum err err = full ? look_ahead(row, request, answer, error) : OK;
    row_writer_end(&writer);
    return err;
}

static enum err run(struct read_side *side, struct snapshot *snapshot,
                    const struct list_request *request, const struct list_sql *sql,
                    struct read_answer *answer, struct error *error)
{
    struct row_statement *row = NULL;
    enum err err = get_statement(snapshot, request, sql, &row, error);
    if (err)
        return err;
    list_sql_bind(sql, row->statement);
    db_set_deadline(snapshot->db, clock_monotonic_ms() + side->time_limit_ms);
    err = write_rows(row, request, answer, error);
    db_set_deadline(snapshot->db, 0);
    statement_reset(row->statement);
    if (err == ERR_INTERRUPTED)
        return error_set(error, ERR_QUERY_TIMEOUT,
                         "listing %s took longer than %lld ms; filter and sort by what an index "
                         "begins with",
                         request->table->name, (long long)side->time_limit_ms);
    return err ? error_add_context(error, err, "list %s", request->table->name) : OK;
}

enum err read_list(struct read_side *side, const char *table_name,
                   const struct read_parameter *parameters, size_t count,
                   struct read_answer *answer, struct error *error)
{
    AUTO(list_request) struct list_request request = {0};
    AUTO(list_sql) struct list_sql sql = {0};
    AUTO(reader_turn) struct reader_turn turn = {0};
    const struct model_table *table = NULL;
    struct column_value *after = NULL;
    size_t index;
    enum err err = read_find_table(side, table_name, &turn, &table, &index, error);
    if (!err)
        err = list_request_read(table, parameters, count, &request, error);
    if (!err && request.cursor.length)
        err = cursor_read(request.cursor, list_request_hash(&request), request.sort_count,
                          &request.arena, &after, error);
    if (err)
        return err;
    read_side_clear_answer(answer, turn.snapshot);
    metric_add(side->list_reads, 1);
    list_sql_init(&sql, &request, after);
    return run(side, turn.snapshot, &request, &sql, answer, error);
}
