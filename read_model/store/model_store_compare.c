/* Two readers walk side by side through every table in key order, so that files of any size need
 * the memory of two rows. The first difference ends the walk. */
#include "base/encoding.h"
#include "base/statement.h"
#include "read_model/definition/model.h"
#include "read_model/definition/model_private.h"
#include "read_model/store/model_store.h"

struct comparison {
    const struct model_table *table;
    const char *name, *other_name;
    struct statement *rows, *other_rows;
};

/* SELECT "a", "b" FROM "t" ORDER BY "a" */
static void write_select(const struct model_table *table, struct text *sql)
{
    model_write_select(table, sql);
    text_add(sql, " ORDER BY ");
    for (size_t i = 0; i < table->key_count; i++) {
        text_add(sql, i ? ", " : "");
        model_write_name(table->columns[table->key[i]].name, sql);
    }
}

static void write_value(const struct statement *rows, int column, struct text *out)
{
    switch (statement_kind(rows, column)) {
    case COLUMN_NULL:
        text_add(out, "NULL");
        break;
    case COLUMN_INTEGER:
        text_add_int(out, statement_int(rows, column));
        break;
    case COLUMN_REAL:
        text_printf(out, "%.17g", statement_real(rows, column));
        break;
    case COLUMN_TEXT:
        text_printf(out, "'%.*s'", SLICE(statement_text(rows, column)));
        break;
    case COLUMN_BLOB:
        text_add(out, "x'");
        encoding_write_hex((const unsigned char *)statement_blob(rows, column).at,
                           statement_blob(rows, column).length, out);
        text_add_char(out, '\'');
        break;
    }
}

static void write_key(const struct model_table *table, const struct statement *rows,
                      struct text *out)
{
    for (size_t i = 0; i < table->key_count; i++) {
        text_add(out, i ? ", " : "");
        write_value(rows, table->key[i], out);
    }
}

/* As SQLite orders values: NULL, numbers, texts, blobs; texts and blobs by their bytes. */
static int compare_values(const struct statement *a, const struct statement *b, int column)
{
    static const int rank[] = {[COLUMN_NULL] = 0,
                               [COLUMN_INTEGER] = 1,
                               [COLUMN_REAL] = 2,
                               [COLUMN_TEXT] = 3,
                               [COLUMN_BLOB] = 4};
    enum column_kind kind = statement_kind(a, column), other = statement_kind(b, column);
    if (kind != other &&
        (kind == COLUMN_NULL || other == COLUMN_NULL || rank[kind] > 2 || rank[other] > 2))
        return rank[kind] < rank[other] ? -1 : 1;
    if (kind == COLUMN_NULL)
        return 0;
    if (kind == COLUMN_TEXT || kind == COLUMN_BLOB) {
        struct slice x = statement_blob(a, column), y = statement_blob(b, column);
        int order = memcmp(x.at, y.at, x.length < y.length ? x.length : y.length);
        return order ? order : (x.length > y.length) - (x.length < y.length);
    }
    if (kind == COLUMN_INTEGER && other == COLUMN_INTEGER)
        return (statement_int(a, column) > statement_int(b, column)) -
               (statement_int(a, column) < statement_int(b, column));
    double x = statement_real(a, column), y = statement_real(b, column);
    int order = (x > y) - (x < y);
    return order ? order : rank[kind] - rank[other];
}

static enum err report_missing(const struct comparison *of, bool in_other, struct error *error)
{
    AUTO(text) struct text key = {0};
    write_key(of->table, in_other ? of->rows : of->other_rows, &key);
    return error_set(error, ERR_FAILED, "%s: the row %s is in %s but not in %s", of->table->name,
                     key.at, in_other ? of->name : of->other_name,
                     in_other ? of->other_name : of->name);
}

static enum err report_column(const struct comparison *of, int column, struct error *error)
{
    AUTO(text) struct text key = {0}, value = {0}, other = {0};
    write_key(of->table, of->rows, &key);
    write_value(of->rows, column, &value);
    write_value(of->other_rows, column, &other);
    return error_set(error, ERR_FAILED, "%s: row %s: column %s is %.200s in %s and %.200s in %s",
                     of->table->name, key.at, of->table->columns[column].name, value.at, of->name,
                     other.at, of->other_name);
}

static enum err compare_rows(const struct comparison *of, struct error *error)
{
    for (size_t i = 0; i < of->table->key_count; i++) {
        int order = compare_values(of->rows, of->other_rows, of->table->key[i]);
        if (order)
            return report_missing(of, order < 0, error);
    }
    for (int i = 0; i < (int)of->table->column_count; i++)
        if (compare_values(of->rows, of->other_rows, i))
            return report_column(of, i, error);
    return OK;
}

static enum err compare_table(const struct comparison *of, struct error *error)
{
    for (;;) {
        bool row = false, other_row = false;
        enum err err = statement_step(of->rows, &row, error);
        if (!err)
            err = statement_step(of->other_rows, &other_row, error);
        if (!err && row && other_row)
            err = compare_rows(of, error);
        else if (!err && (row || other_row))
            err = report_missing(of, row, error);
        if (err || !row)
            return err;
    }
}

static enum err prepare(struct db *db, const char *name, const char *sql,
                        struct statement **ret_rows, struct error *error)
{
    enum err err = statement_prepare(db, sql, ret_rows, error);
    if (!err)
        return OK;
    return error_add_context(error, err == ERR_POISON ? ERR_CORRUPT : err,
                             "%s: the tables do not match the definition of the model", name);
}

static enum err prepare_and_compare(const struct model_table *table, const struct model_side *side,
                                    const struct model_side *other, struct error *error)
{
    AUTO(text) struct text sql = {0};
    AUTO(statement) struct statement *rows = NULL;
    AUTO(statement) struct statement *other_rows = NULL;
    write_select(table, &sql);
    enum err err = prepare(side->db, side->name, sql.at, &rows, error);
    if (!err)
        err = prepare(other->db, other->name, sql.at, &other_rows, error);
    if (err)
        return err;
    return compare_table(&(struct comparison){table, side->name, other->name, rows, other_rows},
                         error);
}

enum err model_store_compare(const struct model_side *side, const struct model_side *other,
                             const struct model *model, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < model->table_count && !err; i++)
        err = prepare_and_compare(&model->tables[i], side, other, error);
    return err;
}
