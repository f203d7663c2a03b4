/* Reads the parameters one by one: reserved words and filters. The result is complete: the sort is
 * total, the fields are filled in, every number is in its range. */
#include "read_model/query/list_request.h"

#include "base/hash.h"
#include "base/utf8.h"

static enum err no_such_column(const struct model_table *table, struct slice name,
                               struct arena *arena, struct error *error)
{
    if (name.length == 0)
        return error_set(error, ERR_INVALID_PARAMETER, "the column name is missing");
    const char **names = arena_allocate(arena, table->column_count * sizeof *names);
    for (size_t i = 0; i < table->column_count; i++)
        names[i] = table->columns[i].name;
    const char *nearest = slice_nearest(name, names, table->column_count);
    return error_set(error, ERR_INVALID_PARAMETER, "table %s has no column \"%.*s\"%s%s%s",
                     table->name, SLICE(utf8_cut(name, 60)), nearest ? "; did you mean \"" : "",
                     nearest ? nearest : "", nearest ? "\"?" : "");
}

static enum err find_column(struct list_request *request, struct slice name, int *ret_column,
                            struct error *error)
{
    for (size_t i = 0; i < request->table->column_count; i++)
        if (slice_is(name, request->table->columns[i].name)) {
            *ret_column = (int)i;
            return OK;
        }
    return no_such_column(request->table, name, &request->arena, error);
}

static bool next_part(struct slice *rest, struct slice *ret_part)
{
    if (!rest->at)
        return false;
    const char *comma = rest->length ? memchr(rest->at, ',', rest->length) : NULL;
    size_t length = comma ? (size_t)(comma - rest->at) : rest->length;
    *ret_part = (struct slice){rest->at, length};
    *rest = comma ? (struct slice){comma + 1, rest->length - length - 1} : (struct slice){0};
    return true;
}

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
    const char *nearest = slice_nearest(name, operator_names, LIST_OPERATOR_COUNT);
    return error_set(error, ERR_INVALID_PARAMETER,
                     "unknown operator \"%.*s\"%s%s%s; the operators are %s",
                     SLICE(utf8_cut(name, 60)), nearest ? " (did you mean \"" : "",
                     nearest ? nearest : "", nearest ? "\"?)" : "", all.at);
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
        return error_set(error, ERR_INVALID_PARAMETER, "must be at most %d values; there are %zu",
                         LIST_IN_MOST, filter->count);
    struct column_value *values = arena_allocate(&request->arena, filter->count * sizeof *values);
    filter->values = values;
    struct slice part;
    for (filter->count = 0; next_part(&value, &part); filter->count++) {
        enum err err =
            column_value_read_for(column, part, &request->arena, &values[filter->count], error);
        if (err)
            return err;
    }
    return OK;
}

/* Texts with this prefix lie between the prefix and the first text after them, which is the prefix
 * with its last byte incremented. */
static enum err read_prefix(struct list_request *request, struct list_filter *filter,
                            struct slice value, struct error *error)
{
    const struct model_column *column = &request->table->columns[filter->column];
    if (column->type != COLUMN_TYPE_TEXT)
        return error_set(error, ERR_INVALID_PARAMETER,
                         "the operator prefix requires a TEXT column; %s is not one", column->name);
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
        return error_set(error, ERR_INVALID_PARAMETER, "must be true or false");
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
        return find_column(request, name, &filter->column, error);
    size_t length = (size_t)(bracket - name.at);
    if (name.at[name.length - 1] != ']')
        return error_set(error, ERR_INVALID_PARAMETER, "the closing ] is missing");
    struct slice operator_name = {bracket + 1, name.length - length - 2};
    enum err err = find_column(request, (struct slice){name.at, length}, &filter->column, error);
    return err ? err : find_operator(operator_name, &filter->operator_, error);
}

static enum err read_filter(struct list_request *request, const struct read_parameter *parameter,
                            struct error *error)
{
    if (request->filter_count == LIST_FILTERS_MOST)
        return error_set(error, ERR_INVALID_PARAMETER, "more than %d filters", LIST_FILTERS_MOST);
    struct list_filter *filter = &request->filters[request->filter_count++];
    enum err err = read_filter_name(request, parameter->name, filter, error);
    return err ? err : read_operand(request, filter, parameter->value, error);
}

static enum err read_sort(struct list_request *request, struct slice value, struct error *error)
{
    if (value.length == 0) /* a form's field that was left empty */
        return OK;
    struct slice part;
    while (next_part(&value, &part)) {
        struct list_sort sort = {.descending = part.length > 0 && part.at[0] == '-'};
        if (sort.descending)
            part = (struct slice){part.at + 1, part.length - 1};
        enum err err = find_column(request, part, &sort.column, error);
        if (err)
            return err;
        for (size_t i = 0; i < request->sort_count; i++)
            if (request->sort[i].column == sort.column)
                return error_set(error, ERR_INVALID_PARAMETER, "duplicate column \"%.*s\"",
                                 SLICE(part));
        if (request->sort_count == LIST_SORT_MOST)
            return error_set(error, ERR_INVALID_PARAMETER, "more than %d columns", LIST_SORT_MOST);
        request->sort[request->sort_count++] = sort;
    }
    return OK;
}

static void append_key(struct list_request *request)
{
    bool descending = request->sort_count > 0 && request->sort[request->sort_count - 1].descending;
    for (size_t i = 0; i < request->table->key_count; i++) {
        bool there = false;
        for (size_t j = 0; j < request->sort_count; j++)
            there |= request->sort[j].column == request->table->key[i];
        if (!there)
            request->sort[request->sort_count++] =
                (struct list_sort){request->table->key[i], descending};
    }
}

static enum err read_fields(struct list_request *request, struct slice value, struct error *error)
{
    struct slice part;
    while (next_part(&value, &part)) {
        int column = 0;
        enum err err = find_column(request, part, &column, error);
        if (err)
            return err;
        for (size_t i = 0; i < request->field_count; i++)
            if (request->fields[i] == column)
                return error_set(error, ERR_INVALID_PARAMETER, "duplicate column \"%.*s\"",
                                 SLICE(part));
        request->fields[request->field_count++] = column;
    }
    return OK;
}

static enum err read_limit(struct list_request *request, struct slice value, struct error *error)
{
    if (!slice_read_int(value, &request->limit) || request->limit < 1 ||
        request->limit > LIST_LIMIT_MOST)
        return error_set(error, ERR_INVALID_PARAMETER,
                         "must be an integer from 1 to %d; \"%.*s\" is not", LIST_LIMIT_MOST,
                         SLICE(utf8_cut(value, 60)));
    return OK;
}

static enum err read_cursor(struct list_request *request, struct slice value, struct error *error)
{
    if (value.length == 0)
        return error_set(error, ERR_INVALID_CURSOR,
                         "must not be empty; omit it to start at the first row");
    request->cursor = value;
    return OK;
}

static enum err read_count(struct list_request *request, struct slice value, struct error *error)
{
    request->counts = slice_is(value, "true");
    if (!request->counts && !slice_is(value, "false"))
        return error_set(error, ERR_INVALID_PARAMETER, "must be true or false; \"%.*s\" is not",
                         SLICE(utf8_cut(value, 60)));
    return OK;
}

static const struct {
    const char *name;
    enum err (*read)(struct list_request *, struct slice, struct error *);
    bool repeats; /* `sort=a&sort=b` means `sort=a,b` */
} words[] = {
    {"sort", read_sort, true},      {"fields", read_fields, true}, {"limit", read_limit, false},
    {"cursor", read_cursor, false}, {"count", read_count, false},
};

/* `seen` has a bit for each of the words. */
static enum err read_parameter(struct list_request *request, const struct read_parameter *parameter,
                               unsigned *seen, struct error *error)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!slice_is(parameter->name, words[i].name))
            continue;
        if ((*seen & 1U << i) && !words[i].repeats)
            return error_set(error, ERR_INVALID_PARAMETER, "duplicate parameter");
        *seen |= 1U << i;
        return words[i].read(request, parameter->value, error);
    }
    return read_filter(request, parameter, error);
}

static void show_all_fields(struct list_request *request)
{
    while (request->field_count < request->table->column_count) {
        request->fields[request->field_count] = (int)request->field_count;
        request->field_count++;
    }
}

enum err list_request_read(const struct model_table *table, const struct read_parameter *parameters,
                           size_t count, struct list_request *ret, struct error *error)
{
    AUTO(list_request) struct list_request request = {.table = table, .limit = LIST_LIMIT_DEFAULT};
    unsigned seen = 0;
    request.sort =
        arena_allocate(&request.arena, (LIST_SORT_MOST + table->key_count) * sizeof *request.sort);
    request.fields = arena_allocate(&request.arena, table->column_count * sizeof *request.fields);
    for (size_t i = 0; i < count; i++) {
        enum err err = read_parameter(&request, &parameters[i], &seen, error);
        if (err)
            return error_add_context(error, err, "%.*s", SLICE(utf8_cut(parameters[i].name, 60)));
    }
    append_key(&request);
    if (request.field_count == 0)
        show_all_fields(&request);
    *ret = request;
    request = (struct list_request){0};
    return OK;
}

void list_request_finish(struct list_request *request)
{
    arena_finish(&request->arena);
}

static uint64_t hash_number(uint64_t seed, int64_t number)
{
    return hash_bytes(seed, (struct slice){(const char *)&number, sizeof number});
}

static uint64_t hash_value(uint64_t seed, const struct column_value *value)
{
    seed = hash_number(seed, value->kind);
    if (value->kind == COLUMN_INTEGER)
        return hash_number(seed, value->integer);
    if (value->kind == COLUMN_REAL)
        return hash_bytes(seed, (struct slice){(const char *)&value->real, sizeof value->real});
    return hash_bytes(seed, value->bytes);
}

static uint64_t hash_filter(const struct list_request *request, const struct list_filter *filter)
{
    uint64_t hash = hash_bytes(0, slice_of(request->table->columns[filter->column].name));
    hash = hash_number(hash, filter->operator_);
    hash = hash_number(hash, filter->is_null);
    for (size_t i = 0; i < filter->count; i++)
        hash = hash_value(hash, &filter->values[i]);
    return hash;
}

/* The hashes of the filters are added, so that their order does not matter. */
uint64_t list_request_hash(const struct list_request *request)
{
    uint64_t filters = 0;
    for (size_t i = 0; i < request->filter_count; i++)
        filters += hash_filter(request, &request->filters[i]);
    uint64_t hash = hash_number(hash_bytes(0, slice_of(request->table->name)), (int64_t)filters);
    for (size_t i = 0; i < request->sort_count; i++) {
        hash = hash_bytes(hash, slice_of(request->table->columns[request->sort[i].column].name));
        hash = hash_number(hash, request->sort[i].descending);
    }
    return hash;
}
