/* Which indexes handlers use is what EXPLAIN QUERY PLAN says. Dropping the others changes no plan
 * of a handler, and so nothing of what it does. */
#include "read_model/definition/model_private.h"

#include "base/statement.h"
#include "read_model/definition/sql_scan.h"
#include "read_model/generation_statements.h"

/* True if a line of EXPLAIN QUERY PLAN speaks of the index: "SEARCH t USING INDEX name (a=?)". */
static bool plan_names_index(struct slice detail, const char *index)
{
    struct sql_scan scan = sql_scan_begin(detail, 0);
    bool after_index = false;
    for (;;) {
        struct sql_token token = sql_scan_next(&scan);
        if (token.kind == SQL_TOKEN_END || token.kind == SQL_TOKEN_BROKEN)
            return false;
        if (after_index && sql_scan_is(&token, index))
            return true;
        after_index = sql_scan_is(&token, "INDEX");
    }
}

static enum err statement_uses(const struct model_statement *sql, const char *index, struct db *db,
                               bool *ret_uses, struct error *error)
{
    AUTO(text) struct text explain = {0};
    AUTO(statement) struct statement *plan = NULL;
    text_printf(&explain, "EXPLAIN QUERY PLAN %s", sql->sql);
    enum err err = statement_prepare(db, explain.at, &plan, error);
    for (bool row = true; row && !err && !*ret_uses;) {
        err = statement_step(plan, &row, error);
        if (!err && row)
            *ret_uses = plan_names_index(statement_text(plan, 3), index);
    }
    return err;
}

static enum err handlers_use(const struct model *model, const char *index, struct db *db,
                             bool *ret_uses, struct error *error)
{
    enum err err = OK;
    for (size_t h = 0; h < model->handler_count; h++)
        for (size_t s = 0; s < model->handlers[h].statement_count && !*ret_uses && !err; s++)
            err = statement_uses(&model->handlers[h].statements[s], index, db, ret_uses, error);
    return err;
}

enum err late_index_find(struct model *model, struct db *db, struct error *error)
{
    AUTO(statement) struct statement *list = NULL;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_LIST_INDEXES].text, &list, error);
    model->late_indexes =
        arena_allocate(&model->arena, model->schema_count * sizeof *model->late_indexes);
    for (bool row = true; row && !err;) {
        err = statement_step(list, &row, error);
        if (err || !row)
            break;
        const char *name = arena_copy(&model->arena, statement_text(list, 0)).at;
        if (!model_name_is_valid(slice_of(name)))
            return model_fault(model, model_tables_line(model, name), error,
                               "the index name \"%s\" must be small letters, digits and _, "
                               "beginning with a letter",
                               name);
        bool used = statement_int(list, 2) != 0;
        if (!used)
            err = handlers_use(model, name, db, &used, error);
        if (!err && !used)
            model->late_indexes[model->late_index_count++] =
                (struct model_index){name, arena_copy(&model->arena, statement_text(list, 1)).at};
    }
    return err;
}

static enum err is_there(struct db *db, const char *name, bool *ret_there, struct error *error)
{
    AUTO(statement) struct statement *find = NULL;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_FIND_INDEX].text, &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, slice_of(name));
    return statement_step(find, ret_there, error);
}

enum err late_index_drop(const struct model *model, struct db *db, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < model->late_index_count && !err; i++) {
        AUTO(text) struct text sql = {0};
        text_printf(&sql, "DROP INDEX IF EXISTS \"%s\"", model->late_indexes[i].name);
        err = db_execute(db, sql.at, error);
    }
    return err;
}

enum err late_index_make(const struct model *model, struct db *db, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < model->late_index_count && !err; i++) {
        bool there = false;
        err = is_there(db, model->late_indexes[i].name, &there, error);
        if (!err && !there)
            err = db_execute(db, model->late_indexes[i].sql, error);
    }
    return err;
}
