/* Parameters one by one: the words of a list, and filters. What comes out is complete: the
 * sort total, the fields filled in, every number in its range. */
#include "read_model/query/list_request.h"

#include "base/hash.h"
#include "read_model/query/list_column.h"
#include "read_model/query/list_filter.h"

static enum err read_sort(struct list_request *request, struct slice value, struct error *error)
{
    if (value.length == 0) /* a form's field that was left empty */
        return OK;
    struct slice part;
    while (list_column_next_part(&value, &part)) {
        struct list_sort sort = {.descending = part.length > 0 && part.at[0] == '-'};
        if (sort.descending)
            part = (struct slice){part.at + 1, part.length - 1};
        enum err err = list_column_find(request, part, &sort.column, error);
        if (err)
            return err;
        for (size_t i = 0; i < request->sort_count; i++)
            if (request->sort[i].column == sort.column)
                return error_set(error, ERR_INVALID_PARAMETER, "%.*s is there twice", SLICE(part));
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
    while (list_column_next_part(&value, &part)) {
        int column = 0;
        enum err err = list_column_find(request, part, &column, error);
        if (err)
            return err;
        for (size_t i = 0; i < request->field_count; i++)
            if (request->fields[i] == column)
                return error_set(error, ERR_INVALID_PARAMETER, "%.*s is there twice", SLICE(part));
        request->fields[request->field_count++] = column;
    }
    return OK;
}

static enum err read_limit(struct list_request *request, struct slice value, struct error *error)
{
    if (!text_read_int(value, &request->limit) || request->limit < 1 ||
        request->limit > LIST_LIMIT_MOST)
        return error_set(error, ERR_INVALID_PARAMETER, "a whole number from 1 to %d, not \"%.*s\"",
                         LIST_LIMIT_MOST, SLICE(text_cut(value, 60)));
    return OK;
}

static enum err read_cursor(struct list_request *request, struct slice value, struct error *error)
{
    if (value.length == 0)
        return error_set(error, ERR_INVALID_CURSOR, "it is empty; leave it out to begin");
    request->cursor = value;
    return OK;
}

static enum err read_count(struct list_request *request, struct slice value, struct error *error)
{
    request->counts = slice_is(value, "true");
    if (!request->counts && !slice_is(value, "false"))
        return error_set(error, ERR_INVALID_PARAMETER, "true or false, not \"%.*s\"",
                         SLICE(text_cut(value, 60)));
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
            return error_set(error, ERR_INVALID_PARAMETER, "may be given only once");
        *seen |= 1U << i;
        return words[i].read(request, parameter->value, error);
    }
    return list_filter_read(request, parameter, error);
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
            return error_add_context(error, err, "%.*s", SLICE(text_cut(parameters[i].name, 60)));
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

/* Filters are added up: in whatever order they are written, they are the same. */
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
