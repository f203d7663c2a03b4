/* SQLite is the only one who really knows what a CREATE TABLE means, so it is asked. */
#include "read_model/definition/model_private.h"

#include "base/statement.h"
#include "read_model/definition/model_prepare.h"
#include "read_model/definition/sql_scan.h"
#include "read_model/generation_statements.h"

#include <strings.h>

static enum err make_one(const struct model *model, const struct model_statement *sql,
                         struct guard *guard, struct db *db, struct error *error)
{
    AUTO(statement) struct statement *statement = NULL;
    enum err err = model_prepare(model, sql, guard, db, &statement, error);
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

/* Columns of these names hold times. */
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
        return model_fault(model, line, error,
                           "the table name \"%s\" must be small letters, digits and _, beginning "
                           "with a letter",
                           table->name);
    if (strncmp(table->name, "annal_", 6) == 0)
        return model_fault(model, line, error,
                           "names that begin with annal_ are kept for annal itself: %s",
                           table->name);
    if (table->key_count == 0)
        return model_fault(model, line, error,
                           "the table %s has no primary key; rows are found, compared and rebuilt "
                           "by it",
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
        return model_fault(model, model->schema_line, error, "`-- schema` makes no table");
    return err;
}
