/* Order is checked in the text: a LIMIT, or a function whose result depends on the order of rows,
 * needs an ORDER BY that applies to it. Dependence that shows only in the data (an UPDATE ... FROM
 * that finds several rows, a sum of fractions) is found by `annal check`, which rebuilds with the
 * order of unordered rows reversed. The rows of json_each have an order. */
#include "read_model/definition/model_private.h"

#include "base/statement.h"
#include "read_model/definition/sql_scan.h"
#include "read_model/generation_statements.h"

#include <strings.h>

/* --- keys ------------------------------------------------------------------------------------- */

/* Without an index, the key is the row number. */
static enum err has_key_index(const struct model_table *table, struct db *db, bool *ret_has,
                              struct error *error)
{
    AUTO(statement) struct statement *find = NULL;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_FIND_KEY_INDEX].text, &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, slice_of(table->name));
    return statement_step(find, ret_has, error);
}

static enum err check_key(const struct model *model, const struct model_table *table, struct db *db,
                          struct error *error)
{
    int line = model_tables_line(model, table->name);
    bool indexed = false;
    enum err err = has_key_index(table, db, &indexed, error);
    if (err)
        return err;
    if (!indexed)
        return model_fault(model, line, error,
                           "SQLite chooses the key of %s if a handler sets none; "
                           "write WITHOUT ROWID behind the table's )",
                           table->name);
    for (size_t i = 0; i < table->key_count; i++)
        if (!table->columns[table->key[i]].not_null)
            return model_fault(
                model, line, error,
                "the key column %s of %s may be null, so its rows cannot be "
                "distinguished; write NOT NULL, or STRICT or WITHOUT ROWID behind the "
                "table's )",
                table->columns[table->key[i]].name, table->name);
    return OK;
}

/* --- row numbers ------------------------------------------------------------------------------ */

static bool is_name(const struct sql_token *token, const char *name)
{
    struct slice content = sql_scan_content(token);
    return content.length == strlen(name) && strncasecmp(content.at, name, content.length) == 0;
}

static bool has_column(const struct model *model, const char *name)
{
    for (size_t t = 0; t < model->table_count; t++)
        for (size_t c = 0; c < model->tables[t].column_count; c++)
            if (strcasecmp(model->tables[t].columns[c].name, name) == 0)
                return true;
    return false;
}

static bool is_row_number(const struct model *model, const struct sql_token *token)
{
    static const char *const names[] = {"rowid", "oid", "_rowid_"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_name(token, names[i]))
            return !has_column(model, names[i]);
    return false;
}

/* `scan` is after INTO. */
static enum err check_inserted_columns(const struct model *model, struct sql_scan scan,
                                       struct error *error)
{
    struct sql_token token = sql_scan_next(&scan);
    while (token.kind != SQL_TOKEN_END && !sql_scan_is(&token, "SELECT") &&
           !sql_scan_is(&token, "VALUES") && !sql_scan_is(&token, ")")) {
        if (is_row_number(model, &token))
            return model_fault(
                model, token.line, error,
                "%.*s is internal to the file and may differ after a rebuild; use the "
                "primary key",
                SLICE(token.text));
        token = sql_scan_next(&scan);
    }
    return OK;
}

/* --- the order of rows ------------------------------------------------------------------------ */

struct walk {
    const struct model *model;
    struct sql_scan scan;
    bool reads_tables; /* somewhere in the statement */
    struct error *error;
};

/* The text in one pair of parentheses, or outside of all. */
struct level {
    bool in_from;
    bool unordered; /* reads rows without a defined order */
    bool ordered;   /* has an ORDER BY */
    bool limited;   /* an UPDATE or DELETE, which may have a LIMIT */
    struct sql_token before;
    struct sql_token called; /* an ordered function whose call is not complete; else of kind END */
    struct sql_token aggregate; /* one that was called without OVER; else of kind END */
};

/* Functions whose result depends on the order of rows. */
static bool is_ordered_function(const struct sql_token *token)
{
    static const char *const names[] = {"group_concat",
                                        "string_agg",
                                        "json_group_array",
                                        "json_group_object",
                                        "row_number",
                                        "ntile",
                                        "lag",
                                        "lead",
                                        "first_value",
                                        "last_value",
                                        "nth_value"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_name(token, names[i]))
            return true;
    return false;
}

static bool is_own_table(const struct model *model, const struct sql_token *token)
{
    for (size_t i = 0; i < model->table_count; i++)
        if (is_name(token, model->tables[i].name))
            return true;
    return false;
}

static bool is_source(const struct level *level, const struct sql_token *token)
{
    bool named = token->kind == SQL_TOKEN_WORD || token->kind == SQL_TOKEN_NAME;
    return named && level->in_from &&
           (sql_scan_is(&level->before, "FROM") || sql_scan_is(&level->before, "JOIN") ||
            sql_scan_is(&level->before, ","));
}

/* A name that is neither a table nor json_each was defined by WITH. */
static bool is_unordered_source(const struct walk *walk, const struct sql_token *token)
{
    if (is_name(token, "json_each") || is_name(token, "json_tree"))
        return false;
    return walk->reads_tables || is_own_table(walk->model, token);
}

static enum err complain(const struct walk *walk, const struct sql_token *token, const char *where)
{
    return model_fault(walk->model, token->line, walk->error,
                       "%.*s depends on the order of rows; add %s, or a rebuild may have another "
                       "result",
                       SLICE(token->text), where);
}

static enum err walk_level(struct walk *walk, struct level *level);

/* From after a "(" to after its ")". */
static enum err walk_inside(struct walk *walk, struct level *level)
{
    bool called = level->called.kind != SQL_TOKEN_END;
    bool over = sql_scan_is(&level->before, "OVER");
    struct level inside = {0};
    enum err err = walk_level(walk, &inside);
    if (err)
        return err;
    if (called && over && !inside.ordered)
        return complain(walk, &level->called, "an ORDER BY in its OVER (...)");
    if (called && (over || inside.ordered))
        level->called = (struct sql_token){0};
    level->unordered |= level->in_from && inside.unordered && !inside.ordered;
    return OK;
}

/* A function is called by `name(...)`, perhaps `FILTER (...)`, perhaps `OVER (...)` or `OVER w`. */
static void follow_call(struct level *level, const struct sql_token *token)
{
    if (level->called.kind == SQL_TOKEN_END || sql_scan_is(token, "(") ||
        sql_scan_is(token, "FILTER") || sql_scan_is(token, "OVER"))
        return;
    if (!sql_scan_is(&level->before, "OVER"))
        level->aggregate = level->called;
    level->called = (struct sql_token){0};
}

static void follow_clause(struct level *level, const struct sql_token *token)
{
    static const char *const after_from[] = {"WHERE", "GROUP", "HAVING", "WINDOW",    "ORDER",
                                             "LIMIT", "UNION", "EXCEPT", "INTERSECT", "RETURNING"};
    level->in_from |= sql_scan_is(token, "FROM");
    for (size_t i = 0; i < sizeof after_from / sizeof *after_from; i++)
        level->in_from &= !sql_scan_is(token, after_from[i]);
    level->ordered |= sql_scan_is(token, "ORDER");
    level->limited |= sql_scan_is(token, "DELETE") ||
                      (sql_scan_is(token, "UPDATE") && !sql_scan_is(&level->before, "DO"));
}

static enum err take_token(struct walk *walk, struct level *level, const struct sql_token *token)
{
    follow_call(level, token);
    if (sql_scan_is(token, "("))
        return walk_inside(walk, level);
    follow_clause(level, token);
    if (is_source(level, token))
        level->unordered |= is_unordered_source(walk, token);
    else if (is_ordered_function(token))
        level->called = *token;
    if (sql_scan_is(token, "LIMIT") && !level->ordered && (level->unordered || level->limited))
        return complain(walk, token, "an ORDER BY before it");
    return OK;
}

static enum err walk_level(struct walk *walk, struct level *level)
{
    struct sql_token token = sql_scan_next(&walk->scan);
    for (; token.kind != SQL_TOKEN_END && !sql_scan_is(&token, ")");
         level->before = token, token = sql_scan_next(&walk->scan)) {
        enum err err = take_token(walk, level, &token);
        if (err)
            return err;
    }
    follow_call(level, &token);
    if (level->aggregate.kind == SQL_TOKEN_END || !level->unordered)
        return OK;
    return complain(walk, &level->aggregate, "FROM (SELECT ... ORDER BY ...)");
}

/* Facts about the whole statement that the checks of its parts need. */
static enum err look_through(struct walk *walk)
{
    struct sql_scan scan = walk->scan;
    struct sql_token before = {0}, token = sql_scan_next(&scan);
    enum err err = OK;
    for (; token.kind != SQL_TOKEN_END && !err; before = token, token = sql_scan_next(&scan)) {
        if (sql_scan_is(&before, "FROM") || sql_scan_is(&before, "JOIN") ||
            sql_scan_is(&before, ","))
            walk->reads_tables |= is_own_table(walk->model, &token);
        if (sql_scan_is(&token, "INTO"))
            err = check_inserted_columns(walk->model, scan, walk->error);
    }
    return err;
}

static enum err check_statement(const struct model *model, const struct model_statement *statement,
                                struct error *error)
{
    struct walk walk = {.model = model,
                        .scan = sql_scan_begin(slice_of(statement->sql), statement->line),
                        .error = error};
    struct level outside = {0};
    enum err err = look_through(&walk);
    return err ? err : walk_level(&walk, &outside);
}

enum err model_repeatable_check(const struct model *model, struct db *db, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < model->table_count && !err; i++)
        err = check_key(model, &model->tables[i], db, error);
    for (size_t h = 0; h < model->handler_count; h++)
        for (size_t s = 0; s < model->handlers[h].statement_count && !err; s++)
            err = check_statement(model, &model->handlers[h].statements[s], error);
    return err;
}
