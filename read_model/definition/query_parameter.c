/* A default is stored in the form of a request and read like one, so that both have the same
 * meaning. */
#include "read_model/definition/query_parameter.h"

#include "read_model/definition/column_value.h"
#include "read_model/definition/model_private.h"
#include "read_model/definition/sql_scan.h"

static const char *const type_names[] = {
    [COLUMN_TYPE_ANY] = "any",   [COLUMN_TYPE_INTEGER] = "integer", [COLUMN_TYPE_REAL] = "real",
    [COLUMN_TYPE_TEXT] = "text", [COLUMN_TYPE_BLOB] = "blob",
};
#define TYPE_COUNT (sizeof type_names / sizeof *type_names)

struct declaration {
    struct model *model;
    int line;
    struct sql_scan scan;
    struct sql_token token; /* the one to be looked at next */
    struct error *error;
};

const char *column_type_name(enum column_type type)
{
    return type_names[type];
}

static void advance(struct declaration *at)
{
    at->token = sql_scan_next(&at->scan);
}

static enum err wants(struct declaration *at, const char *what)
{
    bool end = at->token.kind == SQL_TOKEN_END;
    return model_fault(at->model, at->line, at->error,
                       "%s is missing %s%.*s; a query's parameters are written "
                       "`-- query name (branch text, most integer = 10)`",
                       what, end ? "at the end" : "before ", SLICE(at->token.text));
}

static enum err read_parameter_name(struct declaration *at, const struct model_query *query,
                                    struct model_query_parameter *parameter)
{
    if (at->token.kind != SQL_TOKEN_WORD || !model_name_is_valid(at->token.text))
        return wants(at, "a parameter's name");
    if (query_parameter_find(query, at->token.text))
        return model_fault(at->model, at->line, at->error, "duplicate parameter %.*s",
                           SLICE(at->token.text));
    parameter->name = arena_copy(&at->model->arena, at->token.text).at;
    advance(at);
    return OK;
}

static bool may_be_time(enum column_type type, const char *name)
{
    return (type == COLUMN_TYPE_TEXT || type == COLUMN_TYPE_ANY) &&
           model_name_is_time(slice_of(name));
}

static enum err read_type(struct declaration *at, struct model_query_parameter *parameter)
{
    if (at->token.kind != SQL_TOKEN_WORD)
        return wants(at, "a type");
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (!sql_scan_is(&at->token, type_names[i]))
            continue;
        parameter->type = (enum column_type)i;
        parameter->is_time = may_be_time(parameter->type, parameter->name);
        advance(at);
        return OK;
    }
    const char *nearest = slice_nearest(at->token.text, type_names, TYPE_COUNT);
    return model_fault(at->model, at->line, at->error, "unknown parameter type %.*s; %s%s%s",
                       SLICE(at->token.text),
                       nearest ? "did you mean "
                               : "the types are text, integer, real, blob and any",
                       nearest ? nearest : "", nearest ? "?" : "");
}

/* 'it''s' without its quotes. */
static const char *copy_string(struct model *model, const struct sql_token *token)
{
    AUTO(text) struct text copy = {0};
    struct slice content = sql_scan_content(token);
    for (size_t i = 0; i < content.length; i++) {
        text_add_char(&copy, content.at[i]);
        i += content.at[i] == '\'';
    }
    return arena_copy(&model->arena, text_slice(&copy)).at;
}

/* A number with its sign; NULL if not found. */
static const char *copy_number(struct declaration *at)
{
    AUTO(text) struct text copy = {0};
    if (sql_scan_is(&at->token, "-")) {
        text_add_char(&copy, '-');
        advance(at);
    }
    if (at->token.kind != SQL_TOKEN_NUMBER)
        return NULL;
    text_add_slice(&copy, at->token.text);
    return arena_copy(&at->model->arena, text_slice(&copy)).at;
}

static enum err check_default(struct declaration *at, const struct model_query_parameter *parameter)
{
    struct column_value value;
    struct error why = {0};
    struct slice text = slice_of(parameter->fallback);
    enum err err = parameter->is_time
                       ? column_value_read_time(text, &at->model->arena, &value, &why)
                       : column_value_read(parameter->type, text, &at->model->arena, &value, &why);
    if (err)
        return model_fault(at->model, at->line, at->error, "the default of %s: %s", parameter->name,
                           why.text);
    return OK;
}

static enum err read_default(struct declaration *at, struct model_query_parameter *parameter)
{
    bool quoted = at->token.kind == SQL_TOKEN_STRING;
    bool text = parameter->type == COLUMN_TYPE_TEXT || parameter->type == COLUMN_TYPE_BLOB;
    parameter->optional = true;
    if (sql_scan_is(&at->token, "null")) {
        advance(at);
        return OK;
    }
    parameter->fallback = quoted ? copy_string(at->model, &at->token) : copy_number(at);
    if (!parameter->fallback)
        return wants(at, "a default (a number, a 'text' or null)");
    if (quoted != text && parameter->type != COLUMN_TYPE_ANY)
        return model_fault(at->model, at->line, at->error, "the default of %s is %s",
                           parameter->name,
                           text ? "written in quotes: '…'" : "a number, without quotes");
    advance(at);
    return check_default(at, parameter);
}

static enum err read_one(struct declaration *at, struct model_query *query,
                         struct model_query_parameter *parameter)
{
    *parameter = (struct model_query_parameter){0};
    enum err err = read_parameter_name(at, query, parameter);
    if (!err)
        err = read_type(at, parameter);
    if (err || !sql_scan_is(&at->token, "="))
        return err;
    advance(at);
    return read_default(at, parameter);
}

enum err query_parameter_read_all(struct model *model, struct slice list, struct model_query *query,
                                  struct error *error)
{
    int line = query->head_line;
    struct declaration at = {model, line, sql_scan_begin(list, line), {0}, error};
    struct model_query_parameter *parameters =
        arena_allocate(&model->arena, (list.length / 2 + 1) * sizeof *parameters);
    query->parameters = parameters;
    advance(&at);
    REQUIRE(sql_scan_is(&at.token, "("));
    do {
        advance(&at);
        if (query->parameter_count == 0 && sql_scan_is(&at.token, ")"))
            break;
        enum err err = read_one(&at, query, &parameters[query->parameter_count]);
        if (err)
            return err;
        query->parameter_count++;
    } while (sql_scan_is(&at.token, ","));
    if (!sql_scan_is(&at.token, ")"))
        return wants(&at, "a comma or )");
    advance(&at);
    if (at.token.kind != SQL_TOKEN_END)
        return model_fault(model, line, error,
                           "unexpected text after the list of parameters: "
                           "\"%.*s\"",
                           SLICE(at.token.text));
    return OK;
}

static bool statement_has(const struct statement *statement, const char *name)
{
    AUTO(text) struct text colon = {0};
    text_printf(&colon, ":%s", name);
    return statement_parameter(statement, colon.at) > 0;
}

static enum err check_declared(const struct model *model, const struct statement *statement,
                               const struct model_query *query, struct error *error)
{
    for (size_t i = 0; i < query->parameter_count; i++)
        if (!statement_has(statement, query->parameters[i].name))
            return model_fault(model, query->head_line, error,
                               "the query %s declares :%s but does not use it", query->name,
                               query->parameters[i].name);
    for (int i = 1; i <= statement_parameter_count(statement); i++) {
        const char *name = statement_parameter_name(statement, i) + 1;
        if (!query_parameter_find(query, slice_of(name)))
            return model_fault(model, query->line, error,
                               "the query %s uses :%s, which line %d does not declare", query->name,
                               name, query->head_line);
    }
    return OK;
}

enum err query_parameter_check_all(struct model *model, const struct statement *statement,
                                   struct model_query *query, struct error *error)
{
    if (query->is_declared)
        return check_declared(model, statement, query, error);
    int count = statement_parameter_count(statement);
    struct model_query_parameter *parameters =
        arena_allocate(&model->arena, ((size_t)count + 1) * sizeof *parameters);
    for (int i = 1; i <= count; i++) {
        const char *name = statement_parameter_name(statement, i);
        REQUIRE(name && name[0] == ':'); /* model_check_text() has checked it */
        parameters[i - 1] =
            (struct model_query_parameter){.name = arena_copy(&model->arena, slice_of(name + 1)).at,
                                           .type = COLUMN_TYPE_ANY,
                                           .is_time = may_be_time(COLUMN_TYPE_ANY, name + 1)};
    }
    query->parameters = parameters;
    query->parameter_count = (size_t)count;
    return OK;
}

const struct model_query_parameter *query_parameter_find(const struct model_query *query,
                                                         struct slice name)
{
    for (size_t i = 0; i < query->parameter_count; i++)
        if (slice_is(name, query->parameters[i].name))
            return &query->parameters[i];
    return NULL;
}
