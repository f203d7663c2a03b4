/* Named queries: a developer's SELECT, a client's values, and two limits, of time and of size. An error
 * message lists the parameters that the query takes. */
#include "base/clock.h"
#include "base/utf8.h"
#include "read_model/definition/column_value.h"
#include "read_model/definition/query_parameter.h"
#include "read_model/query/read_side_private.h"
#include "read_model/query/row_writer.h"

#define RESULT_BYTES_MOST (8 * 1024 * 1024)

/* "parameters: branch, most (default 20)" */
static void write_parameters(const struct model_query *query, struct text *out)
{
    text_add(out, query->parameter_count == 0 ? "it has no parameters" : "parameters: ");
    for (size_t i = 0; i < query->parameter_count; i++) {
        const struct model_query_parameter *parameter = &query->parameters[i];
        text_printf(out, "%s%s", i == 0 ? "" : ", ", parameter->name);
        if (parameter->optional)
            text_printf(out, " (default %s)", parameter->fallback ? parameter->fallback : "null");
    }
}

static enum err complain(const struct model_query *query, const char *what, struct slice parameter,
                         struct error *error)
{
    AUTO(text) struct text known = {0};
    write_parameters(query, &known);
    return error_set(error, ERR_INVALID_PARAMETER, "query %s: the parameter \"%.*s\" %s; %s",
                     query->name, SLICE(utf8_cut(parameter, 60)), what, known.at);
}

static const struct read_parameter *find_given(const struct read_parameter *parameters,
                                               size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(parameters[i].name, name))
            return &parameters[i];
    return NULL;
}

/* Each given parameter belongs to the query and is given once. */
static enum err check_given(const struct model_query *query,
                            const struct read_parameter *parameters, size_t count,
                            struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!query_parameter_find(query, parameters[i].name))
            return complain(query, "is unknown", parameters[i].name, error);
        if (find_given(parameters, count, parameters[i].name) != &parameters[i])
            return complain(query, "occurs twice", parameters[i].name, error);
    }
    return OK;
}

static enum err read_value(const struct model_query *query,
                           const struct model_query_parameter *parameter, struct slice text,
                           struct arena *arena, struct column_value *ret, struct error *error)
{
    if (parameter->is_time) {
        enum err err = column_value_read_time(text, arena, ret, error);
        return err ? error_add_context(error, err, "query %s: %s", query->name, parameter->name)
                   : OK;
    }
    if (parameter->type == COLUMN_TYPE_ANY) {
        *ret = column_value_guess(text);
        return OK;
    }
    enum err err = column_value_read(parameter->type, text, arena, ret, error);
    return err ? error_add_context(error, err, "query %s: %s", query->name, parameter->name) : OK;
}

static enum err bind_one(struct statement *statement, int index, const struct model_query *query,
                         const struct read_parameter *given, struct arena *arena,
                         struct error *error)
{
    struct slice name = slice_of(statement_parameter_name(statement, index) + 1);
    const struct model_query_parameter *parameter = query_parameter_find(query, name);
    struct column_value value = {.kind = COLUMN_NULL};
    REQUIRE(parameter); /* query_parameter_check_all() */
    if (!given && !parameter->optional)
        return complain(query, "is missing", name, error);
    struct slice text =
        given ? given->value : slice_of(parameter->fallback ? parameter->fallback : "");
    enum err err = OK;
    if (given || parameter->fallback)
        err = read_value(query, parameter, text, arena, &value, error);
    if (!err)
        column_value_bind(&value, statement, index);
    return err;
}

static enum err bind_all(struct statement *statement, const struct model_query *query,
                         const struct read_parameter *parameters, size_t count, struct arena *arena,
                         struct error *error)
{
    enum err err = check_given(query, parameters, count, error);
    for (int i = 1; i <= statement_parameter_count(statement) && !err; i++) {
        struct slice name = slice_of(statement_parameter_name(statement, i) + 1);
        err = bind_one(statement, i, query, find_given(parameters, count, name), arena, error);
    }
    return err;
}

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
                             "the result is larger than %d MiB; add a LIMIT to the query",
                             RESULT_BYTES_MOST / 1024 / 1024);
    }
    row_writer_end(&writer);
    return OK;
}

/* An error of SQLite with these values ("integer overflow") is an error of the request. */
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
    AUTO(read_target) struct read_target target = {0};
    enum err err = read_find_query(&side->catalogue, query_name, answer, &target, error);
    if (err)
        return err;
    read_answer_clear(answer, target.turn.snapshot->position);
    metric_add(side->query_reads, 1);
    if (!*target.row)
        err = read_snapshot_prepare(target.turn.snapshot, target.query->sql, 0, target.row, error);
    if (err)
        return error_add_context(error, err, "query %s", query_name);
    err = bind_all((*target.row)->statement, target.query, parameters, count, &arena, error);
    return err ? err : run(side, target.turn.snapshot, *target.row, query_name, answer, error);
}
