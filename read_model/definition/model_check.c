/* Without these checks a definition could fail far from its cause (a deferred constraint fails at
 * COMMIT), undo more than one event (OR ROLLBACK) or less (OR FAIL), or call a function that SQLite
 * does not report to the authorizer (in a DEFAULT). */
#include "read_model/definition/model_private.h"

#include "base/program.h"
#include "base/statement.h"
#include "read_model/definition/event_fields.h"
#include "read_model/definition/guard.h"
#include "read_model/definition/query_parameter.h"
#include "read_model/definition/sql_scan.h"
#include "read_model/generation_statements.h"

#include <strings.h>

static const char *const parameter_names[] = {
#define PARAMETER(code, name) name,
#include "read_model/definition/model_parameter.def"
#undef PARAMETER
};

static enum err check_parameter(const struct model *model, const struct sql_token *token,
                                struct error *error)
{
    struct slice name = {token->text.at + 1, token->text.length - 1};
    for (size_t i = 0; i < MODEL_PARAMETER_COUNT; i++)
        if (token->text.at[0] == ':' && slice_is(name, parameter_names[i]))
            return OK;
    const char *nearest = slice_nearest(name, parameter_names, MODEL_PARAMETER_COUNT);
    return model_fault(model, token->line, error, "%.*s is not a parameter of a handler; %s%s%s",
                       SLICE(token->text),
                       nearest ? "did you mean :"
                               : "the parameters are :data, :id, :version, :time and others",
                       nearest ? nearest : "", nearest ? "?" : "");
}

/* Rejects a token that no section may have. */
static enum err check_token(const struct model *model, const struct sql_token *before,
                            const struct sql_token *token, struct error *error)
{
    if (token->kind == SQL_TOKEN_BROKEN)
        return model_fault(model, token->line, error, "unterminated string or quoted name: %.*s",
                           (int)strcspn(token->text.at, "\r\n"), token->text.at);
    if (token->kind == SQL_TOKEN_STRING && token->text.length == strlen("'localtime'") &&
        strncasecmp(token->text.at, "'localtime'", token->text.length) == 0)
        return model_fault(model, token->line, error,
                           "'localtime' depends on the machine; times are UTC");
    bool conflict = sql_scan_is(before, "OR") || sql_scan_is(before, "CONFLICT");
    if (conflict && (sql_scan_is(token, "ROLLBACK") || sql_scan_is(token, "FAIL")))
        return model_fault(model, token->line, error,
                           "%.*s would undo more or less than this event; remove it, or use "
                           "OR IGNORE or OR REPLACE",
                           SLICE(token->text));
    return OK;
}

static enum err is_function(struct db *db, struct slice name, bool *ret_is, struct error *error)
{
    AUTO(statement) struct statement *find = NULL;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_IS_FUNCTION].text, &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, name);
    return statement_step(find, ret_is, error);
}

/* SQLite does not call the authorizer for the functions of a DEFAULT. */
static enum err check_call(const struct model *model, const struct sql_token *called, struct db *db,
                           struct error *error)
{
    struct slice name = sql_scan_content(called);
    bool function = false;
    if (guard_allows_function(name))
        return OK;
    enum err err = is_function(db, name, &function, error);
    if (err || !function)
        return err;
    return model_fault(model, called->line, error, "the function %.*s%s", SLICE(name),
                       guard_why_not_function);
}

static enum err check_schema_token(const struct model *model, const struct sql_token *before,
                                   const struct sql_token *token, struct db *db,
                                   struct error *error)
{
    bool named = before->kind == SQL_TOKEN_WORD || before->kind == SQL_TOKEN_NAME;
    if (named && sql_scan_is(token, "("))
        return check_call(model, before, db, error);
    if (sql_scan_is(token, "DEFERRED"))
        return model_fault(model, token->line, error,
                           "DEFERRED is not allowed: a deferred constraint fails at COMMIT, when "
                           "the event that violates it is no longer known");
    if (token->kind == SQL_TOKEN_PARAMETER)
        return model_fault(model, token->line, error,
                           "`-- schema` must not use parameters such as %.*s", SLICE(token->text));
    return OK;
}

static enum err check_schema_kind(const struct model *model,
                                  const struct model_statement *statement, struct error *error)
{
    struct sql_scan scan = sql_scan_begin(slice_of(statement->sql), statement->line);
    struct sql_token first = sql_scan_next(&scan), second = sql_scan_next(&scan);
    if (sql_scan_is(&second, "UNIQUE"))
        second = sql_scan_next(&scan);
    if (sql_scan_is(&first, "CREATE") &&
        (sql_scan_is(&second, "TABLE") || sql_scan_is(&second, "INDEX")))
        return OK;
    return model_fault(model, statement->line, error,
                       "`-- schema` takes CREATE TABLE and CREATE INDEX, not %.*s %.*s; is the "
                       "head of another section missing or misspelt?",
                       SLICE(first.text), SLICE(second.text));
}

static enum err check_schema(const struct model *model, const struct model_statement *statement,
                             struct db *db, struct error *error)
{
    enum err err = check_schema_kind(model, statement, error);
    struct sql_scan scan = sql_scan_begin(slice_of(statement->sql), statement->line);
    struct sql_token before = {0}, token = sql_scan_next(&scan);
    for (; token.kind != SQL_TOKEN_END && !err; before = token, token = sql_scan_next(&scan)) {
        err = check_token(model, &before, &token, error);
        if (!err)
            err = check_schema_token(model, &before, &token, db, error);
    }
    return err;
}

/* True if it begins with one of the words (NULL at the end) or WITH. */
static bool begins_with(const struct model_statement *statement, const char *const *words)
{
    struct sql_scan scan = sql_scan_begin(slice_of(statement->sql), statement->line);
    struct sql_token first = sql_scan_next(&scan);
    for (; *words; words++)
        if (sql_scan_is(&first, *words))
            return true;
    return sql_scan_is(&first, "WITH");
}

static enum err check_handler_text(const struct model *model,
                                   const struct model_statement *statement, struct error *error)
{
    static const char *const verbs[] = {"INSERT", "REPLACE", "UPDATE", "DELETE", NULL};
    static const char *const query[] = {"SELECT", NULL};
    if (!begins_with(statement, verbs))
        return model_fault(
            model, statement->line, error,
            "a handler takes INSERT, UPDATE and DELETE, not \"%.20s\"%s", statement->sql,
            begins_with(statement, query) ? "; a query is a section, `-- query name`" : "");
    struct sql_scan scan = sql_scan_begin(slice_of(statement->sql), statement->line);
    struct sql_token before = {0}, token = sql_scan_next(&scan);
    enum err err = OK;
    for (; token.kind != SQL_TOKEN_END && !err; before = token, token = sql_scan_next(&scan)) {
        err = check_token(model, &before, &token, error);
        if (!err && token.kind == SQL_TOKEN_PARAMETER)
            err = check_parameter(model, &token, error);
    }
    return err;
}

static enum err check_query_text(const struct model *model, const struct model_statement *statement,
                                 struct error *error)
{
    static const char *const verbs[] = {"SELECT", "VALUES", NULL};
    if (!begins_with(statement, verbs))
        return model_fault(model, statement->line, error, "a query is a SELECT, not \"%.20s\"",
                           statement->sql);
    struct sql_scan scan = sql_scan_begin(slice_of(statement->sql), statement->line);
    struct sql_token before = {0}, token = sql_scan_next(&scan);
    enum err err = OK;
    for (; token.kind != SQL_TOKEN_END && !err; before = token, token = sql_scan_next(&scan)) {
        err = check_token(model, &before, &token, error);
        if (!err && token.kind == SQL_TOKEN_PARAMETER && token.text.at[0] != ':')
            err = model_fault(model, token.line, error,
                              "a query's parameters have names, written :name, not %.*s",
                              SLICE(token.text));
    }
    return err;
}

enum err model_check_text(const struct model *model, struct db *db, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < model->schema_count && !err; i++)
        err = check_schema(model, &model->schema[i], db, error);
    for (size_t h = 0; h < model->handler_count; h++)
        for (size_t s = 0; s < model->handlers[h].statement_count && !err; s++)
            err = check_handler_text(model, &model->handlers[h].statements[s], error);
    for (size_t i = 0; i < model->query_count && !err; i++) {
        struct model_statement sql = {model->queries[i].sql, model->queries[i].line};
        err = check_query_text(model, &sql, error);
    }
    return err;
}

static enum err check_handler(const struct model *model, const struct model_statement *sql,
                              struct guard *guard, struct db *db, struct error *error)
{
    AUTO(statement) struct statement *statement = NULL;
    enum err err = guard_prepare(guard, db, model, sql, &statement, error);
    if (err)
        return err;
    if (statement_column_count(statement) > 0)
        return model_fault(model, sql->line, error,
                           "a handler must not return rows; remove RETURNING");
    return OK;
}

static enum err check_columns(const struct model *model, const struct model_query *query,
                              const struct statement *statement, struct error *error)
{
    int count = statement_column_count(statement);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(statement_column_name(statement, i), statement_column_name(statement, j)) ==
                0)
                return model_fault(model, query->line, error,
                                   "the query %s has two columns named %s; rename one with AS",
                                   query->name, statement_column_name(statement, i));
    return OK;
}

static enum err check_query(struct model *model, size_t index, struct guard *guard, struct db *db,
                            struct error *error)
{
    struct model_query *query = &model->queries[index];
    for (size_t i = 0; i < index; i++)
        if (strcmp(model->queries[i].name, query->name) == 0)
            return model_fault(model, query->head_line, error,
                               "duplicate query %s; the first is in line %d", query->name,
                               model->queries[i].head_line);
    AUTO(statement) struct statement *statement = NULL;
    struct model_statement sql = {query->sql, query->line};
    enum err err = guard_prepare(guard, db, model, &sql, &statement, error);
    if (!err)
        err = check_columns(model, query, statement, error);
    return err ? err : query_parameter_check_all(model, statement, query, error);
}

enum err model_check_statements(struct model *model, struct db *db, struct error *error)
{
    struct guard guard = {
        .mode = GUARD_HANDLER, .tables = model->tables, .table_count = model->table_count};
    enum err err = guard_begin(&guard, db, error);
    for (size_t h = 0; h < model->handler_count; h++)
        for (size_t s = 0; s < model->handlers[h].statement_count && !err; s++)
            err = check_handler(model, &model->handlers[h].statements[s], &guard, db, error);
    guard.mode = GUARD_QUERY;
    for (size_t i = 0; i < model->query_count && !err; i++)
        err = check_query(model, i, &guard, db, error);
    guard_end(db);
    return err;
}

static enum err check_type(const struct model *model, const struct model_handler *handler,
                           const char *type, const struct catalogue *catalogue, struct error *error)
{
    const struct catalogue_entry *entry = catalogue_event(catalogue, slice_of(type));
    if (!entry) {
        const char *nearest = catalogue_nearest_event(catalogue, slice_of(type));
        if (!nearest)
            return model_fault(model, handler->line, error,
                               "unknown event type \"%s\"; `%s schema` lists them", type,
                               program_name());
        return model_fault(model, handler->line, error,
                           "unknown event type \"%s\"; did you mean \"%s\"?", type, nearest);
    }
    enum err err = OK;
    for (size_t i = 0; i < handler->statement_count && !err; i++)
        err = event_fields_check(model, &handler->statements[i], entry, NULL, NULL, error);
    return err;
}

enum err model_check_events(const struct model *model, const struct catalogue *catalogue,
                            struct error *error)
{
    enum err err = OK;
    for (size_t h = 0; h < model->handler_count; h++) {
        const struct model_handler *handler = &model->handlers[h];
        for (size_t t = 0; t < handler->type_count && !err; t++)
            err = check_type(model, handler, handler->types[t], catalogue, error);
    }
    return err;
}
