/* A mistake is told together with what the query takes. */
#include "read_model/query/query_bind.h"

#include "read_model/definition/column_value.h"
#include "read_model/definition/query_parameter.h"

/* "it takes branch, most (or 20)" */
static void write_parameters(const struct model_query *query, struct text *out)
{
    text_add(out, query->parameter_count == 0 ? "it takes none" : "it takes ");
    for (size_t i = 0; i < query->parameter_count; i++) {
        const struct model_query_parameter *parameter = &query->parameters[i];
        text_printf(out, "%s%s", i == 0 ? "" : ", ", parameter->name);
        if (parameter->optional)
            text_printf(out, " (or %s)", parameter->fallback ? parameter->fallback : "null");
    }
}

static enum err complain(const struct model_query *query, const char *what, struct slice parameter,
                         struct error *error)
{
    AUTO(text) struct text known = {0};
    write_parameters(query, &known);
    return error_set(error, ERR_INVALID_PARAMETER, "query %s: %s \"%.*s\"; %s", query->name, what,
                     SLICE(text_cut(parameter, 60)), known.at);
}

static const struct read_parameter *find_given(const struct read_parameter *parameters,
                                               size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(parameters[i].name, name))
            return &parameters[i];
    return NULL;
}

/* Every one that was given is the query's, and is there once. */
static enum err check_given(const struct model_query *query,
                            const struct read_parameter *parameters, size_t count,
                            struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!query_parameter_find(query, parameters[i].name))
            return complain(query, "there is no parameter", parameters[i].name, error);
        if (find_given(parameters, count, parameters[i].name) != &parameters[i])
            return complain(query, "there are two of", parameters[i].name, error);
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
        return complain(query, "it wants a parameter", name, error);
    struct slice text =
        given ? given->value : slice_of(parameter->fallback ? parameter->fallback : "");
    enum err err = OK;
    if (given || parameter->fallback)
        err = read_value(query, parameter, text, arena, &value, error);
    if (!err)
        column_value_bind(&value, statement, index);
    return err;
}

enum err query_bind(struct statement *statement, const struct model_query *query,
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
