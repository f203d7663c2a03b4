/* The rows after a row (v1, v2, …, vn) in a sort (c1, c2, …, cn) are, in this order: the rows with equal
 * c1 … c(n-1) and cn after vn; the rows with equal c1 … c(n-2) and c(n-1) after v(n-1); and so on to the
 * rows with c1 after v1. Each of these runs is one range of an index over the sort columns, so the cost of
 * a page does not depend on its position in the list. With one condition for all runs, joined by OR,
 * SQLite would walk again over the rows of earlier pages. As SQLite sorts them, nulls come first when
 * ascending and last when descending; they are a separate run.
 */
#include "read_model/query/list_sql.h"

#include "base/array.h"
#include "read_model/definition/model.h"

static const char *const operator_sql[] = {
#define LIST_OPERATOR(id, name, type, sql, what) sql,
#include "read_model/query/list_operator.def"
#undef LIST_OPERATOR
};

static void add_column(struct list_sql *sql, const struct list_request *request, int column)
{
    model_write_name(request->table->columns[column].name, &sql->text);
}

static void add_columns(struct list_sql *sql, const struct list_request *request)
{
    for (size_t i = 0; i < request->field_count; i++) {
        add_column(sql, request, request->fields[i]);
        text_add(&sql->text, ", ");
    }
    for (size_t i = 0; i < request->sort_count; i++) {
        text_add(&sql->text, i == 0 ? "" : ", ");
        add_column(sql, request, request->sort[i].column);
    }
}

static void add_filter(struct list_sql *sql, const struct list_request *request,
                       const struct list_filter *filter)
{
    text_add(&sql->text, " AND ");
    add_column(sql, request, filter->column);
    if (filter->operator_ == LIST_OPERATOR_NULL && !filter->is_null)
        text_add(&sql->text, " IS NOT NULL");
    else
        text_add(&sql->text, operator_sql[filter->operator_]);
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->operator_ == LIST_OPERATOR_IN)
            text_add(&sql->text, i == 0 ? "?" : ", ?");
        *ARRAY_ADD(&sql->values) = &filter->values[i];
    }
    if (filter->operator_ == LIST_OPERATOR_IN)
        text_add_char(&sql->text, ')');
    if (filter->operator_ == LIST_OPERATOR_PREFIX && filter->count == 2) {
        text_add(&sql->text, " AND ");
        add_column(sql, request, filter->column);
        text_add(&sql->text, " COLLATE BINARY < ?");
    }
}

size_t list_sql_runs(const struct list_request *request, const struct column_value *after,
                     struct list_run *ret)
{
    size_t count = 0;
    for (size_t i = request->sort_count; i-- > 0;) {
        const struct list_sort *sort = &request->sort[i];
        ret[count++] = (struct list_run){.column = i};
        if (sort->descending && !request->table->columns[sort->column].not_null &&
            after[i].kind != COLUMN_NULL)
            ret[count++] = (struct list_run){.column = i, .nulls = true};
    }
    return count;
}

/* Nothing sorts before NULL: descending behind a NULL, this run is empty. */
static void add_after(struct list_sql *sql, const struct list_request *request,
                      const struct list_run *run, const struct column_value *after)
{
    const struct list_sort *sort = &request->sort[run->column];
    const struct column_value *value = &after[run->column];
    text_add(&sql->text, " AND ");
    add_column(sql, request, sort->column);
    if (run->nulls) {
        text_add(&sql->text, " IS NULL");
    } else if (value->kind == COLUMN_NULL && !sort->descending) {
        text_add(&sql->text, " IS NOT NULL");
    } else {
        text_add(&sql->text, sort->descending ? " < ?" : " > ?");
        *ARRAY_ADD(&sql->values) = value;
    }
}

static void add_run(struct list_sql *sql, const struct list_request *request,
                    const struct list_run *run, const struct column_value *after)
{
    for (size_t i = 0; i < run->column; i++) {
        text_add(&sql->text, " AND ");
        add_column(sql, request, request->sort[i].column);
        text_add(&sql->text, " IS ?");
        *ARRAY_ADD(&sql->values) = &after[i];
    }
    add_after(sql, request, run, after);
}

static void add_order(struct list_sql *sql, const struct list_request *request, size_t first)
{
    text_add(&sql->text, " ORDER BY ");
    for (size_t i = first; i < request->sort_count; i++) {
        text_add(&sql->text, i == first ? "" : ", ");
        add_column(sql, request, request->sort[i].column);
        text_add(&sql->text, request->sort[i].descending ? " DESC" : "");
    }
}

static void add_source(struct list_sql *sql, const struct list_request *request)
{
    text_add(&sql->text, " FROM ");
    model_write_name(request->table->name, &sql->text);
    text_add(&sql->text, " WHERE 1");
    for (size_t i = 0; i < request->filter_count; i++)
        add_filter(sql, request, &request->filters[i]);
}

void list_sql_init(struct list_sql *sql, const struct list_request *request,
                   const struct list_run *run, const struct column_value *after)
{
    *sql = (struct list_sql){0};
    text_add(&sql->text, "SELECT ");
    add_columns(sql, request);
    add_source(sql, request);
    if (run)
        add_run(sql, request, run, after);
    add_order(sql, request, run ? run->column : 0);
    text_add(&sql->text, " LIMIT ?");
}

void list_sql_init_count(struct list_sql *sql, const struct list_request *request)
{
    *sql = (struct list_sql){0};
    text_add(&sql->text, "SELECT count(*)");
    add_source(sql, request);
}

void list_sql_finish(struct list_sql *sql)
{
    text_finish(&sql->text);
    free(sql->values.at);
}

void list_sql_bind_values(const struct list_sql *sql, struct statement *statement)
{
    for (size_t i = 0; i < sql->values.count; i++)
        column_value_bind(sql->values.at[i], statement, (int)i + 1);
}

void list_sql_bind(const struct list_sql *sql, int64_t rows_most, struct statement *statement)
{
    list_sql_bind_values(sql, statement);
    statement_bind_int(statement, (int)sql->values.count + 1, rows_most);
}
