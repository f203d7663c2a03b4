/* Named queries: a developer's SELECT, a client's values. A value has no column to give it a type:
 * see column_value_guess(). */
#include "base/clock.h"
#include "read_model/column_value.h"
#include "read_model/read_find.h"

#define RESULT_BYTES_MOST (8 * 1024 * 1024)

/* ": it takes customer_id, day" */
static void write_parameters(const struct statement *statement, struct text *out)
{
    int count = statement_parameter_count(statement);
    text_add(out, count == 0 ? "it takes none" : "it takes ");
    for (int i = 1; i <= count; i++)
        text_printf(out, "%s%s", i == 1 ? "" : ", ", statement_parameter_name(statement, i) + 1);
}

static enum err complain(const struct statement *statement, const char *query, const char *what,
                         struct slice parameter, struct error *error)
{
    AUTO(text) struct text known = {0};
    write_parameters(statement, &known);
    return error_set(error, ERR_INVALID_PARAMETER, "query %s: %s \"%.*s\"; %s", query, what,
                     SLICE(text_cut(parameter, 60)), known.at);
}

static const struct read_parameter *find_parameter(const struct read_parameter *parameters,
                                                   size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is(parameters[i].name, name))
            return &parameters[i];
    return NULL;
}

/* Every one that was given is the statement's, and is there once. */
static enum err check_given(const struct statement *statement, const char *query,
                            const struct read_parameter *parameters, size_t count,
                            struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(text) struct text name = {0};
        text_printf(&name, ":%.*s", SLICE(parameters[i].name));
        if (statement_parameter(statement, name.at) == 0)
            return complain(statement, query, "there is no parameter", parameters[i].name, error);
        if (find_parameter(parameters, count, name.at + 1) != &parameters[i])
            return complain(statement, query, "there are two of", parameters[i].name, error);
    }
    return OK;
}

static enum err bind(struct statement *statement, const char *query,
                     const struct read_parameter *parameters, size_t count, struct error *error)
{
    enum err err = check_given(statement, query, parameters, count, error);
    if (err)
        return err;
    for (int i = 1; i <= statement_parameter_count(statement); i++) {
        const char *name = statement_parameter_name(statement, i) + 1;
        const struct read_parameter *given = find_parameter(parameters, count, name);
        if (!given)
            return complain(statement, query, "it wants a parameter", slice_of(name), error);
        struct column_value value = column_value_guess(given->value);
        column_value_bind(&value, statement, i);
    }
    return OK;
}

static enum err write_rows(const struct row_statement *row, struct text *body, struct error *error)
{
    text_add(body, "{\"rows\":[");
    for (int64_t rows = 0;; rows++) {
        bool there = false;
        enum err err = statement_step(row->statement, &there, error);
        if (err)
            return err;
        if (!there)
            break;
        text_add(body, rows == 0 ? "" : ",");
        row_statement_write(row, body);
        if (body->length > RESULT_BYTES_MOST)
            return error_set(error, ERR_RESULT_TOO_LARGE,
                             "more than %d MiB; the query needs a LIMIT",
                             RESULT_BYTES_MOST / 1024 / 1024);
    }
    text_add(body, "]}");
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

static enum err run(struct read_side *side, struct snapshot *snapshot,
                    const struct row_statement *row, const char *query, struct read_answer *answer,
                    struct error *error)
{
    db_set_deadline(snapshot->db, clock_monotonic_ms() + side->time_limit_ms);
    enum err err = write_rows(row, &answer->body, error);
    db_set_deadline(snapshot->db, 0);
    statement_reset(row->statement);
    return err ? explain(side, query, err, error) : OK;
}

/* Parameters that have no name (`?`) could not be given. */
static enum err check_parameters(const struct row_statement *row, struct error *error)
{
    for (int i = 1; i <= statement_parameter_count(row->statement); i++) {
        const char *name = statement_parameter_name(row->statement, i);
        if (!name || name[0] != ':')
            return error_set(error, ERR_DEFINITION, "parameters are written :name");
    }
    return OK;
}

static enum err prepare(struct snapshot *snapshot, const struct model_query *query,
                        struct row_statement **ret_row, struct error *error)
{
    AUTO(row_statement) struct row_statement *row = NULL;
    enum err err = snapshot_prepare(snapshot, query->sql, 0, &row, error);
    if (!err)
        err = check_parameters(row, error);
    if (err)
        return error_add_context(error, err, "query %s", query->name);
    *ret_row = row;
    row = NULL;
    return OK;
}

enum err read_query(struct read_side *side, const char *query_name,
                    const struct read_parameter *parameters, size_t count,
                    struct read_answer *answer, struct error *error)
{
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
        err = prepare(turn.snapshot, query, row, error);
    if (!err)
        err = bind((*row)->statement, query_name, parameters, count, error);
    return err ? err : run(side, turn.snapshot, *row, query_name, answer, error);
}
