/* Tables and named queries, each with its path, parameters and rows, from the definitions that serve now.
 */
#include "api/openapi_component.h"
#include "api/openapi_expand.h"

#include "http/http_answer.h"
#include "read_model/query/list_request.h"
#include "read_model/query/read_side.h"

/* One definition after the other, for one route. */
struct expansion {
    struct openapi *openapi;
    const struct route *route;
};

/* The filters of a list. */
static const struct filter {
    enum list_operator id;
    const char *operator_; /* in brackets */
    const char *type;      /* JSON type of the value; NULL: that of the column */
    const char *what;
} filters[] = {
#define LIST_OPERATOR(id, name, type, sql, what) {LIST_OPERATOR_##id, name, type, what},
#include "read_model/query/list_operator.def"
#undef LIST_OPERATOR
};

/* The JSON type of a column type; NULL: any. */
static const char *json_type_of(enum column_type type)
{
    switch (type) {
    case COLUMN_TYPE_INTEGER:
        return "integer";
    case COLUMN_TYPE_REAL:
        return "number";
    case COLUMN_TYPE_TEXT:
    case COLUMN_TYPE_BLOB:
        return "string";
    case COLUMN_TYPE_ANY:
        break;
    }
    return NULL;
}

static json_t *make_type(enum column_type type, bool nullable)
{
    const char *name = json_type_of(type);
    json_t *schema = json_object();
    if (name)
        json_object_set_new(schema, "type",
                            nullable ? json_pack("[s,s]", name, "null") : json_string(name));
    if (type == COLUMN_TYPE_BLOB)
        json_object_set_new(schema, "description", json_string("base64"));
    return schema;
}

/* A value of the column, with its description. */
static json_t *make_value(const struct model_column *column, bool nullable)
{
    json_t *schema = make_type(column->type, nullable);
    if (column->is_time)
        json_object_set_new(schema, "format", json_string("date-time"));
    if (column->description)
        json_object_set_new(schema, "description",
                            column->type == COLUMN_TYPE_BLOB
                                ? json_sprintf("%s (base64)", column->description)
                                : json_string(column->description));
    return schema;
}

static json_t *make_parameter(const char *name, const char *in, bool required, json_t *take_schema)
{
    return json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", in, "required", required, "schema",
                     take_schema);
}

static json_t *make_example(enum column_type type, bool is_time)
{
    if (type == COLUMN_TYPE_INTEGER || type == COLUMN_TYPE_REAL)
        return json_integer(1);
    return json_string(is_time ? "2026-11-23T10:00:00Z" : "a");
}

/* An operand: the server also accepts the beginning of a date-time. */
static json_t *make_operand(enum column_type type, bool is_time)
{
    json_t *schema = make_type(type, false);
    if (is_time) {
        json_object_set_new(schema, "format", json_string("date-time"));
        json_object_set_new(schema, "description",
                            json_string("A date-time (RFC 3339) or the beginning of one."));
    }
    return schema;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void set_description(json_t *json, const char *description)
{
    if (description)
        json_object_set_new(json, "description", json_string(description));
}

static json_t *refer_to_row(struct openapi *openapi, const struct model_table *table)
{
    json_t *schemas = json_object_get(openapi->components, "schemas");
    json_t *columns = json_object(), *required = json_array();
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        json_object_set_new(columns, column->name,
                            make_value(column, !column->not_null && !column->key));
        json_array_append_new(required, json_string(column->name));
    }
    json_t *row = json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "required", required,
                            "properties", columns, "additionalProperties", 0);
    set_description(row, table->description);
    json_object_set_new(schemas, table->name, row);
    return openapi_component_refer("schemas", table->name);
}

/* A row with the columns that `fields` names. */
static json_t *refer_to_part(struct openapi *openapi, const struct model_table *table)
{
    AUTO(text) struct text name = {0};
    json_t *schemas = json_object_get(openapi->components, "schemas");
    json_t *part = json_deep_copy(json_object_get(schemas, table->name));
    text_printf(&name, "%s.fields", table->name);
    json_object_del(part, "required");
    json_object_set_new(
        part, "description",
        json_sprintf("A row of %s with the columns that `fields` names.", table->name));
    json_object_set_new(schemas, name.at, part);
    return openapi_component_refer("schemas", name.at);
}

static void set_answer(json_t *operation, json_t *take_response, json_t *take_schema)
{
    json_t *content = json_object_get(take_response, "content");
    if (take_schema)
        json_object_set_new(json_object_get(content, HTTP_JSON), "schema", take_schema);
    json_object_set_new(json_object_get(operation, "responses"), "200", take_response);
}

static json_t *begin_operation(const struct expansion *expansion, const char *path, const char *id,
                               const char *model, const char *subject)
{
    json_t *operation = openapi_add(expansion->openapi, expansion->route, path, id);
    json_object_set_new(operation, "summary",
                        json_sprintf("%s: %s", subject, expansion->route->summary));
    json_object_set_new(operation, "tags", json_pack("[s]", model));
    return operation;
}

static void add_row(const struct expansion *expansion, const char *model,
                    const struct model_table *table)
{
    AUTO(text) struct text path = {0}, id = {0};
    text_printf(&path, "/read/%s", table->name);
    text_printf(&id, "row.%s", table->name);
    for (size_t i = 0; i < table->key_count; i++)
        text_printf(&path, "/{%s}", table->columns[table->key[i]].name);
    json_t *operation = begin_operation(expansion, path.at, id.at, model, table->name);
    set_description(operation, table->description);
    json_t *parameters = json_object_get(operation, "parameters");
    for (size_t i = 0; i < table->key_count; i++) {
        const struct model_column *column = &table->columns[table->key[i]];
        json_t *parameter = make_parameter(column->name, "path", true, make_value(column, false));
        json_object_set_new(parameter, "example", make_example(column->type, column->is_time));
        json_array_insert_new(parameters, i, parameter);
    }
    set_answer(operation, openapi_template(expansion->openapi, "row"),
               refer_to_row(expansion->openapi, table));
}

/* --- lists ------------------------------------------------------------------------------------ */

/* `sort`, `fields`, `limit`, `cursor` and `count` are reserved: a column of such a name is filtered only
 * by `limit[eq]`. */
static bool is_taken(const char *name)
{
    return strcmp(name, "sort") == 0 || strcmp(name, "fields") == 0 || strcmp(name, "limit") == 0 ||
           strcmp(name, "cursor") == 0 || strcmp(name, "count") == 0;
}

/* A parameter for `column[operator]=value`, or for `column=value` if the operator is NULL. */
static json_t *make_filter(const struct model_column *column, const struct filter *filter)
{
    AUTO(text) struct text name = {0};
    text_add(&name, column->name);
    if (filter->operator_)
        text_printf(&name, "[%s]", filter->operator_);
    json_t *schema = filter->type ? json_pack("{s:s}", "type", filter->type)
                                  : make_operand(column->type, column->is_time);
    json_t *parameter = make_parameter(name.at, "query", false, schema);
    json_object_set_new(parameter, "description", json_string(filter->what));
    return parameter;
}

/* Each filter that can apply to the column is a separate parameter: generic clients send a parameter's
 * name literally, and cannot spread an object over names that contain brackets. */
static void add_filters(const struct model_column *column, json_t *parameters)
{
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        struct filter filter = filters[i];
        if ((filter.id == LIST_OPERATOR_PREFIX && column->type != COLUMN_TYPE_TEXT) ||
            (filter.id == LIST_OPERATOR_NULL && (column->not_null || column->key)))
            continue;
        if (filter.id == LIST_OPERATOR_EQ && !is_taken(column->name))
            filter.operator_ = NULL;
        json_array_append_new(parameters, make_filter(column, &filter));
    }
}

/* Clients send an array as several parameters of the same name by default. */
static json_t *make_names(const struct model_table *table, const char *parameter, bool descending,
                          const char *description)
{
    json_t *names = json_array();
    for (size_t i = 0; i < table->column_count; i++) {
        json_array_append_new(names, json_string(table->columns[i].name));
        if (descending)
            json_array_append_new(names, json_sprintf("-%s", table->columns[i].name));
    }
    json_t *made =
        make_parameter(parameter, "query", false,
                       json_pack("{s:s, s:{s:o}}", "type", "array", "items", "enum", names));
    json_object_set_new(made, "description", json_string(description));
    return made;
}

/* The answer of a list: whole rows, unless `fields` is given. */
static json_t *make_page(struct openapi *openapi, const struct model_table *table)
{
    json_t *row = refer_to_row(openapi, table), *part = refer_to_part(openapi, table);
    return json_pack(
        "{s:s, s:[s], s:{s:{s:s, s:{s:[o, o]}}, s:{s:s, s:s}, s:{s:s, s:i, s:s}}, s:b}", "type",
        "object", "required", "rows", "properties", "rows", "type", "array", "items", "anyOf", row,
        part, "next_cursor", "type", "string", "description", "Absent on the last page.", "count",
        "type", "integer", "minimum", 0, "description",
        "With `count=true`: the number of rows that match the filters.", "additionalProperties", 0);
}

static void add_list(const struct expansion *expansion, const char *model,
                     const struct model_table *table)
{
    AUTO(text) struct text path = {0}, id = {0};
    text_printf(&path, "/read/%s", table->name);
    text_printf(&id, "list.%s", table->name);
    json_t *operation = begin_operation(expansion, path.at, id.at, model, table->name);
    set_description(operation, table->description);
    json_t *parameters = json_object_get(operation, "parameters");
    for (size_t i = 0; i < table->column_count; i++)
        add_filters(&table->columns[i], parameters);
    json_array_append_new(parameters, make_names(table, "sort", true,
                                                 "Sort by these columns, `-` for "
                                                 "descending; the key is always the last one."));
    json_array_append_new(parameters,
                          make_names(table, "fields", false, "Return only these columns."));
    set_answer(operation, openapi_template(expansion->openapi, "list"),
               make_page(expansion->openapi, table));
}

/* --- named queries ---------------------------------------------------------------------------- */

static json_t *make_query_parameter(const struct model_query_parameter *parameter)
{
    json_t *schema = make_operand(parameter->type, parameter->is_time);
    int64_t number;
    if (parameter->fallback)
        json_object_set_new(schema, "default",
                            parameter->type == COLUMN_TYPE_INTEGER &&
                                    slice_read_int(slice_of(parameter->fallback), &number)
                                ? json_integer(number)
                                : json_string(parameter->fallback));
    json_t *made = make_parameter(parameter->name, "query", !parameter->optional, schema);
    if (!parameter->optional)
        json_object_set_new(made, "example", make_example(parameter->type, parameter->is_time));
    return made;
}

static void add_query(const struct expansion *expansion, const char *model,
                      const struct model_query *query)
{
    AUTO(text) struct text path = {0}, id = {0};
    text_printf(&path, "/query/%s", query->name);
    text_printf(&id, "query.%s", query->name);
    json_t *operation = begin_operation(expansion, path.at, id.at, model, query->name);
    json_t *parameters = json_object_get(operation, "parameters");
    for (size_t i = 0; i < query->parameter_count; i++)
        json_array_append_new(parameters, make_query_parameter(&query->parameters[i]));
    set_answer(operation, openapi_template(expansion->openapi, "query"), NULL);
}

/* --- one definition after the other ----------------------------------------------------------- */

static void add_rows(void *context, const struct model *model)
{
    size_t count;
    const struct model_table *tables = model_tables(model, &count);
    for (size_t i = 0; i < count; i++)
        add_row(context, model_name(model), &tables[i]);
}

static void add_lists(void *context, const struct model *model)
{
    const struct expansion *expansion = context;
    json_t *tags = json_object_get(expansion->openapi->document, "tags");
    size_t count;
    const struct model_table *tables = model_tables(model, &count);
    const char *description = model_description(model);
    json_array_append_new(
        tags, json_pack("{s:s, s:o}", "name", model_name(model), "description",
                        description ? json_string(description)
                                    : json_sprintf("The read model %s.", model_name(model))));
    for (size_t i = 0; i < count; i++)
        add_list(context, model_name(model), &tables[i]);
}

static void add_queries(void *context, const struct model *model)
{
    size_t count;
    const struct model_query *queries = model_queries(model, &count);
    for (size_t i = 0; i < count; i++)
        add_query(context, model_name(model), &queries[i]);
}

static void expand(struct openapi *openapi, const struct route *route, read_definition_fn *add)
{
    struct expansion expansion = {openapi, route};
    read_side_each_definition(openapi->subject->side, add, &expansion);
}

void openapi_table_expand_row(struct openapi *openapi, const struct route *route)
{
    expand(openapi, route, add_rows);
}

void openapi_table_expand_list(struct openapi *openapi, const struct route *route)
{
    expand(openapi, route, add_lists);
}

void openapi_query_expand(struct openapi *openapi, const struct route *route)
{
    expand(openapi, route, add_queries);
}
