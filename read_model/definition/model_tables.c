/* Only SQLite knows exactly what a CREATE TABLE means, so the schema runs in SQLite and the result is
 * read back.
 *
 * EXPLAIN QUERY PLAN shows which indexes the handlers use. Dropping the others changes no plan of a
 * handler, and so no result.
 */
#include "read_model/definition/model_private.h"

#include "base/statement.h"
#include "read_model/definition/guard.h"
#include "read_model/definition/sql_scan.h"
#include "read_model/generation_statements.h"

#include <strings.h>

static enum err make_one(const struct model *model, const struct model_statement *sql,
                         struct guard *guard, struct db *db, struct error *error)
{
    AUTO(statement) struct statement *statement = NULL;
    enum err err = guard_prepare(guard, db, model, sql, &statement, error);
    if (err)
        return err;
    struct error why = {0};
    if (statement_run(statement, &why))
        return model_fault(model, sql->line, error, "%s", why.text);
    return OK;
}

enum err model_tables_make(const struct model *model, struct db *db, struct error *error)
{
    struct guard guard = {.mode = GUARD_SCHEMA};
    enum err err = guard_begin(&guard, db, error);
    for (size_t i = 0; i < model->schema_count && !err; i++)
        err = make_one(model, &model->schema[i], &guard, db, error);
    guard_end(db);
    return err;
}

/* The line of the CREATE statement that names this table or index. */
int model_tables_line(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->schema_count; i++) {
        struct slice sql = slice_of(model->schema[i].sql);
        struct sql_scan scan = sql_scan_begin(sql, model->schema[i].line);
        for (int word = 0; word < 8; word++) {
            struct sql_token token = sql_scan_next(&scan);
            struct slice found = sql_scan_content(&token);
            if (found.length == strlen(name) && strncasecmp(found.at, name, found.length) == 0)
                return token.line;
        }
    }
    return model->schema_line;
}

static enum column_type column_type_of(struct slice declared)
{
    static const struct {
        const char *name;
        enum column_type type;
    } known[] = {
        {"INTEGER", COLUMN_TYPE_INTEGER}, {"INT", COLUMN_TYPE_INTEGER},
        {"BIGINT", COLUMN_TYPE_INTEGER},  {"REAL", COLUMN_TYPE_REAL},
        {"DOUBLE", COLUMN_TYPE_REAL},     {"FLOAT", COLUMN_TYPE_REAL},
        {"TEXT", COLUMN_TYPE_TEXT},       {"VARCHAR", COLUMN_TYPE_TEXT},
        {"BLOB", COLUMN_TYPE_BLOB},
    };
    const char *parenthesis = memchr(declared.at, '(', declared.length);
    size_t length = parenthesis ? (size_t)(parenthesis - declared.at) : declared.length;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (length == strlen(known[i].name) && strncasecmp(declared.at, known[i].name, length) == 0)
            return known[i].type;
    return COLUMN_TYPE_ANY;
}

bool model_name_is_time(struct slice name)
{
    static const char *const endings[] = {"_at", "_time"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i]);
        if (slice_is(name, endings[i] + 1) ||
            (name.length > ending &&
             memcmp(name.at + name.length - ending, endings[i], ending) == 0))
            return true;
    }
    return false;
}

static void order_key(struct model *model, struct model_table *table)
{
    int *key = arena_allocate(&model->arena, (table->key_count + 1) * sizeof *key);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].key > 0)
            key[table->columns[i].key - 1] = (int)i;
    table->key = key;
}

static enum err read_columns(struct model *model, struct model_table *table, struct db *db,
                             struct error *error)
{
    AUTO(statement) struct statement *list = NULL;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_LIST_COLUMNS].text, &list, error);
    if (err)
        return err;
    struct model_column *columns = NULL;
    statement_bind_text(list, 1, slice_of(table->name));
    for (bool row = true; row;) {
        err = statement_step(list, &row, error);
        if (err || !row)
            break;
        if (!columns)
            columns =
                arena_allocate(&model->arena, (size_t)statement_int(list, 4) * sizeof *columns);
        const char *name = arena_copy(&model->arena, statement_text(list, 0)).at;
        enum column_type type = column_type_of(statement_text(list, 1));
        columns[table->column_count++] = (struct model_column){
            .name = name,
            .type = type,
            .is_time = type == COLUMN_TYPE_TEXT && model_name_is_time(slice_of(name)),
            .not_null = statement_int(list, 2) != 0,
            .key = (int)statement_int(list, 3),
        };
        table->key_count += statement_int(list, 3) > 0;
    }
    table->columns = columns;
    order_key(model, table);
    return err;
}

static enum err check_table(const struct model *model, const struct model_table *table,
                            struct error *error)
{
    int line = model_tables_line(model, table->name);
    if (!model_name_is_valid(slice_of(table->name)))
        return model_fault(
            model, line, error,
            "the table name \"%s\" must be lower-case letters, digits and _, beginning "
            "with a letter",
            table->name);
    if (strncmp(table->name, "annal_", 6) == 0)
        return model_fault(model, line, error, "names that begin with annal_ are reserved: %s",
                           table->name);
    if (table->key_count == 0)
        return model_fault(model, line, error,
                           "the table %s has no primary key, by which rows are found and compared",
                           table->name);
    return OK;
}

enum err model_tables_read(struct model *model, struct db *db, struct error *error)
{
    AUTO(statement) struct statement *list = NULL;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_LIST_TABLES].text, &list, error);
    model->tables = arena_allocate(&model->arena, model->schema_count * sizeof *model->tables);
    for (bool row = true; row && !err;) {
        err = statement_step(list, &row, error);
        if (err || !row)
            break;
        struct model_table *table = &model->tables[model->table_count++];
        *table =
            (struct model_table){.name = arena_copy(&model->arena, statement_text(list, 0)).at};
        err = read_columns(model, table, db, error);
        if (!err)
            err = check_table(model, table, error);
    }
    if (!err && model->table_count == 0)
        return model_fault(model, model->schema_line, error, "`-- schema` creates no table");
    return err;
}

/* --- late indexes ----------------------------------------------------------------------------- */

/* True if a line of EXPLAIN QUERY PLAN names the index: "SEARCH t USING INDEX name (a=?)". */
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

enum err model_tables_find_late_indexes(struct model *model, struct db *db, struct error *error)
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
                               "the index name \"%s\" must be lower-case letters, digits and _, "
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

static enum err index_exists(struct db *db, const char *name, bool *ret_exists, struct error *error)
{
    AUTO(statement) struct statement *find = NULL;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_FIND_INDEX].text, &find, error);
    if (err)
        return err;
    statement_bind_text(find, 1, slice_of(name));
    return statement_step(find, ret_exists, error);
}

enum err model_tables_drop_late_indexes(const struct model *model, struct db *db,
                                        struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < model->late_index_count && !err; i++) {
        AUTO(text) struct text sql = {0};
        text_printf(&sql, "DROP INDEX IF EXISTS \"%s\"", model->late_indexes[i].name);
        err = db_execute(db, sql.at, error);
    }
    return err;
}

enum err model_tables_make_late_indexes(const struct model *model, struct db *db,
                                        struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < model->late_index_count && !err; i++) {
        bool exists = false;
        err = index_exists(db, model->late_indexes[i].name, &exists, error);
        if (!err && !exists)
            err = db_execute(db, model->late_indexes[i].sql, error);
    }
    return err;
}
