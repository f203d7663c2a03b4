/* Rows after a row (v1, v2, …) in a sort (c1, c2, …) are those with c1 after v1, or c1 the same and
 * c2 after v2, and so on. Nulls come first when ascending and last when descending, as SQLite sorts
 * them. A bound on c1 alone, which follows from that, lets SQLite begin in the middle of an index;
 * there is none where nulls may come after, descending: there it walks the index from its end. */
#include "read_model/list_sql.h"

#include "read_model/table_sql.h"

static const char *const operator_sql[] = {
#define LIST_OPERATOR(id, name, sql, what) sql,
#include "read_model/list_operator.def"
#undef LIST_OPERATOR
};

static void add_value(struct list_sql *sql, const struct column_value *value)
{
    if (sql->value_count == sql->value_capacity) {
        sql->value_capacity = sql->value_capacity ? 2 * sql->value_capacity : 16;
        sql->values = realloc(sql->values, sql->value_capacity * sizeof(struct column_value *));
        REQUIRE(sql->values);
    }
    sql->values[sql->value_count++] = value;
}

static void add_column(struct list_sql *sql, const struct list_request *request, int column)
{
    table_sql_add_name(request->table->columns[column].name, &sql->text);
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
        add_value(sql, &filter->values[i]);
    }
    if (filter->operator_ == LIST_OPERATOR_IN)
        text_add_char(&sql->text, ')');
    if (filter->operator_ == LIST_OPERATOR_PREFIX && filter->count == 2) {
        text_add(&sql->text, " AND ");
        add_column(sql, request, filter->column);
        text_add(&sql->text, " COLLATE BINARY < ?");
    }
}

/* False, and nothing added, if no value can come after this one. */
static bool can_come_after(const struct list_sort *sort, const struct column_value *value)
{
    return !(sort->descending && value->kind == COLUMN_NULL);
}

static void add_comes_after(struct list_sql *sql, const struct list_request *request,
                            const struct list_sort *sort, const struct column_value *value)
{
    if (value->kind == COLUMN_NULL) {
        add_column(sql, request, sort->column);
        text_add(&sql->text, " IS NOT NULL");
        return;
    }
    bool nulls_after = sort->descending && !request->table->columns[sort->column].not_null;
    text_add(&sql->text, nulls_after ? "(" : "");
    add_column(sql, request, sort->column);
    text_add(&sql->text, sort->descending ? " < ?" : " > ?");
    add_value(sql, value);
    if (nulls_after) {
        text_add(&sql->text, " OR ");
        add_column(sql, request, sort->column);
        text_add(&sql->text, " IS NULL)");
    }
}

/* The same up to `index`, and after it there. */
static void add_alternative(struct list_sql *sql, const struct list_request *request,
                            const struct column_value *after, size_t index)
{
    text_add_char(&sql->text, '(');
    for (size_t i = 0; i < index; i++) {
        add_column(sql, request, request->sort[i].column);
        text_add(&sql->text, " IS ? AND ");
        add_value(sql, &after[i]);
    }
    add_comes_after(sql, request, &request->sort[index], &after[index]);
    text_add_char(&sql->text, ')');
}

static void add_first_bound(struct list_sql *sql, const struct list_request *request,
                            const struct column_value *after)
{
    const struct list_sort *first = &request->sort[0];
    bool nulls_after = first->descending && !request->table->columns[first->column].not_null;
    if (after[0].kind == COLUMN_NULL || nulls_after)
        return;
    text_add(&sql->text, " AND ");
    add_column(sql, request, first->column);
    text_add(&sql->text, first->descending ? " <= ?" : " >= ?");
    add_value(sql, &after[0]);
}

static void add_after(struct list_sql *sql, const struct list_request *request,
                      const struct column_value *after)
{
    bool any = false;
    add_first_bound(sql, request, after);
    text_add(&sql->text, " AND (");
    for (size_t i = 0; i < request->sort_count; i++) {
        if (!can_come_after(&request->sort[i], &after[i]))
            continue;
        text_add(&sql->text, any ? " OR " : "");
        add_alternative(sql, request, after, i);
        any = true;
    }
    text_add(&sql->text, any ? ")" : "0)");
}

void list_sql_init(struct list_sql *sql, const struct list_request *request,
                   const struct column_value *after)
{
    *sql = (struct list_sql){.limit = {.kind = COLUMN_INTEGER, .integer = request->limit + 1}};
    text_add(&sql->text, "SELECT ");
    add_columns(sql, request);
    text_add(&sql->text, " FROM ");
    table_sql_add_name(request->table->name, &sql->text);
    text_add(&sql->text, " WHERE 1");
    for (size_t i = 0; i < request->filter_count; i++)
        add_filter(sql, request, &request->filters[i]);
    if (after)
        add_after(sql, request, after);
    text_add(&sql->text, " ORDER BY ");
    for (size_t i = 0; i < request->sort_count; i++) {
        text_add(&sql->text, i == 0 ? "" : ", ");
        add_column(sql, request, request->sort[i].column);
        text_add(&sql->text, request->sort[i].descending ? " DESC" : "");
    }
    text_add(&sql->text, " LIMIT ?");
}

void list_sql_finish(struct list_sql *sql)
{
    text_finish(&sql->text);
    free(sql->values);
}

void list_sql_bind(const struct list_sql *sql, struct statement *statement)
{
    for (size_t i = 0; i < sql->value_count; i++)
        column_value_bind(sql->values[i], statement, (int)i + 1);
    column_value_bind(&sql->limit, statement, (int)sql->value_count + 1);
}
