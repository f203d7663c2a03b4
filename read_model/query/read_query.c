/* Named queries: a developer's SELECT, a client's values (query_bind.c), and two limits, of time
 * and of size. */
#include "base/clock.h"
#include "read_model/query/query_bind.h"
#include "read_model/query/read_find.h"
#include "read_model/query/row_writer.h"

#define RESULT_BYTES_MOST (8 * 1024 * 1024)

static enum err write_rows(const struct row_statement *row, struct read_answer *answer,
                           struct error *error)
{
    const struct row_writer writer = {row, answer};
    row_writer_begin(&writer);
    for (bool there = true; there;) {
        enum err err = statement_step(row->statement, &there, error);
        if (err)
            return err;
        if (there)
            row_writer_add(&writer);
        if (answer->body.length > RESULT_BYTES_MOST)
            return error_set(error, ERR_RESULT_TOO_LARGE,
                             "more than %d MiB; the query needs a LIMIT",
                             RESULT_BYTES_MOST / 1024 / 1024);
    }
    row_writer_end(&writer);
    return OK;
}

/* What SQLite could not do with these values ("integer overflow") is the request's fault. */
static enum err explain(const struct read_side *side, const char *query, enum err err,
                        struct error *error)
{
    if (err == ERR_INTERRUPTED)
        return error_set(error, ERR_QUERY_TIMEOUT, "query %s took longer than %lld ms", query,
                         (long long)side->time_limit_ms);
    error_add_context(error, err, "query %s", query);
    if (err == ERR_POISON && error)
        error->code = ERR_INVALID_PARAMETER;
    return err == ERR_POISON ? ERR_INVALID_PARAMETER : err;
}

static enum err run(struct read_side *side, struct read_snapshot *snapshot,
                    const struct row_statement *row, const char *query, struct read_answer *answer,
                    struct error *error)
{
    db_set_deadline(snapshot->db, clock_monotonic_ms() + side->time_limit_ms);
    enum err err = write_rows(row, answer, error);
    db_set_deadline(snapshot->db, 0);
    statement_reset(row->statement);
    return err ? explain(side, query, err, error) : OK;
}

enum err read_query(struct read_side *side, const char *query_name,
                    const struct read_parameter *parameters, size_t count,
                    struct read_answer *answer, struct error *error)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(reader_turn) struct reader_turn turn = {0};
    const struct model_query *query = NULL;
    size_t index;
    enum err err = read_find_query(side, query_name, &turn, &query, &index, error);
    if (err)
        return err;
    read_side_clear_answer(answer, turn.snapshot);
    metric_add(side->query_reads, 1);
    struct row_statement **row = &turn.snapshot->queries[index];
    if (!*row)
        err = read_snapshot_prepare(turn.snapshot, query->sql, 0, row, error);
    if (err)
        return error_add_context(error, err, "query %s", query_name);
    err = query_bind((*row)->statement, query, parameters, count, &arena, error);
    return err ? err : run(side, turn.snapshot, *row, query_name, answer, error);
}
