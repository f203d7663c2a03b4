/* Operators are looked up here, once, and operands typed by their column; from here on all are
 * numbers and values. */
#include "read_model/query/list_filter.h"

#include "read_model/query/list_column.h"

static const char *const operator_names[] = {
#define LIST_OPERATOR(id, name, type, sql, what) name,
#include "read_model/query/list_operator.def"
#undef LIST_OPERATOR
};

static enum err find_operator(struct slice name, enum list_operator *ret, struct error *error)
{
    for (int i = 0; i < LIST_OPERATOR_COUNT; i++)
        if (slice_is(name, operator_names[i])) {
            *ret = (enum list_operator)i;
            return OK;
        }
    AUTO(text) struct text all = {0};
    for (int i = 0; i < LIST_OPERATOR_COUNT; i++)
        text_printf(&all, "%s%s", i == 0 ? "" : ", ", operator_names[i]);
    const char *nearest = text_nearest(name, operator_names, LIST_OPERATOR_COUNT);
    return error_set(error, ERR_INVALID_PARAMETER,
                     "there is no operator \"%.*s\"%s%s%s; there are %s", SLICE(text_cut(name, 60)),
                     nearest ? " (did you mean \"" : "", nearest ? nearest : "",
                     nearest ? "\"?)" : "", all.at);
}

static size_t count_parts(struct slice list)
{
    size_t count = 1;
    for (size_t i = 0; i < list.length; i++)
        count += list.at[i] == ',';
    return count;
}

static enum err read_in(struct list_request *request, struct list_filter *filter,
                        struct slice value, struct error *error)
{
    const struct model_column *column = &request->table->columns[filter->column];
    filter->count = count_parts(value);
    if (filter->count > LIST_IN_MOST)
        return error_set(error, ERR_INVALID_PARAMETER, "at most %d values, there are %zu",
                         LIST_IN_MOST, filter->count);
    struct column_value *values = arena_allocate(&request->arena, filter->count * sizeof *values);
    filter->values = values;
    struct slice part;
    for (filter->count = 0; list_column_next_part(&value, &part); filter->count++) {
        enum err err =
            column_value_read_for(column, part, &request->arena, &values[filter->count], error);
        if (err)
            return err;
    }
    return OK;
}

/* Text that begins so lies between the prefix and the first text after all of them, which is the
 * prefix with its last byte one higher. */
static enum err read_prefix(struct list_request *request, struct list_filter *filter,
                            struct slice value, struct error *error)
{
    const struct model_column *column = &request->table->columns[filter->column];
    if (column->type != COLUMN_TYPE_TEXT)
        return error_set(error, ERR_INVALID_PARAMETER, "prefix is for TEXT columns, %s is not one",
                         column->name);
    struct column_value *values = arena_allocate(&request->arena, 2 * sizeof *values);
    values[0] = (struct column_value){.kind = COLUMN_TEXT, .bytes = value};
    filter->values = values;
    filter->count = 1;
    if (value.length == 0)
        return OK;
    struct slice after = arena_copy(&request->arena, value);
    ((char *)after.at)[after.length - 1]++;
    values[1] = (struct column_value){.kind = COLUMN_TEXT, .bytes = after};
    filter->count = 2;
    return OK;
}

static enum err read_null(struct list_filter *filter, struct slice value, struct error *error)
{
    filter->is_null = slice_is(value, "true");
    if (!filter->is_null && !slice_is(value, "false"))
        return error_set(error, ERR_INVALID_PARAMETER, "null is true or false");
    return OK;
}

static enum err read_operand(struct list_request *request, struct list_filter *filter,
                             struct slice value, struct error *error)
{
    switch (filter->operator_) {
    case LIST_OPERATOR_IN:
        return read_in(request, filter, value, error);
    case LIST_OPERATOR_PREFIX:
        return read_prefix(request, filter, value, error);
    case LIST_OPERATOR_NULL:
        return read_null(filter, value, error);
    default:
        break;
    }
    struct column_value *operand = arena_allocate(&request->arena, sizeof *operand);
    filter->values = operand;
    filter->count = 1;
    return column_value_read_for(&request->table->columns[filter->column], value, &request->arena,
                                 operand, error);
}

/* "total[gte]" into column and operator. */
static enum err read_filter_name(struct list_request *request, struct slice name,
                                 struct list_filter *filter, struct error *error)
{
    const char *bracket = name.length ? memchr(name.at, '[', name.length) : NULL;
    filter->operator_ = LIST_OPERATOR_EQ;
    if (!bracket)
        return list_column_find(request, name, &filter->column, error);
    size_t length = (size_t)(bracket - name.at);
    if (name.at[name.length - 1] != ']')
        return error_set(error, ERR_INVALID_PARAMETER, "the ] is missing");
    struct slice operator_name = {bracket + 1, name.length - length - 2};
    enum err err =
        list_column_find(request, (struct slice){name.at, length}, &filter->column, error);
    return err ? err : find_operator(operator_name, &filter->operator_, error);
}

enum err list_filter_read(struct list_request *request, const struct read_parameter *parameter,
                          struct error *error)
{
    if (request->filter_count == LIST_FILTERS_MOST)
        return error_set(error, ERR_INVALID_PARAMETER, "more than %d filters", LIST_FILTERS_MOST);
    struct list_filter *filter = &request->filters[request->filter_count++];
    enum err err = read_filter_name(request, parameter->name, filter, error);
    return err ? err : read_operand(request, filter, parameter->value, error);
}
