/* GET /read and GET /query: the tables and the named queries. They change when a model is rebuilt from
 * another definition. */
#include "api/query_context.h"
#include "api/query_string.h"
#include "base/json_text.h"
#include "http/http_answer.h"

static void write_description(const char *description, struct text *out)
{
    if (description)
        json_text_string(out, "description", slice_of(description));
}

static void write_column(const struct model_column *column, struct text *out)
{
    json_text_begin(out, NULL, '{');
    json_text_string(out, "name", slice_of(column->name));
    json_text_string(out, "type", slice_of(column_type_name(column->type)));
    json_text_bool(out, "required", column->not_null || column->key);
    if (column->key)
        json_text_int(out, "key", column->key);
    if (column->is_time)
        json_text_string(out, "format", slice_of("date-time"));
    write_description(column->description, out);
    text_add_char(out, '}');
}

static void write_row_path(const struct model_table *table, struct text *out)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "/read/%s", table->name);
    for (size_t i = 0; i < table->key_count; i++)
        text_printf(&path, "/{%s}", table->columns[table->key[i]].name);
    json_text_string(out, "row", text_slice(&path));
}

static void write_table(const struct model *model, const struct model_table *table,
                        struct text *out)
{
    json_text_begin(out, NULL, '{');
    json_text_string(out, "name", slice_of(table->name));
    json_text_string(out, "model", slice_of(model_name(model)));
    json_text_format(out, "list", "/read/%s", table->name);
    write_row_path(table, out);
    write_description(table->description, out);
    json_text_begin(out, "columns", '[');
    for (size_t i = 0; i < table->column_count; i++)
        write_column(&table->columns[i], out);
    text_add(out, "]}");
}

static void write_tables(void *context, const struct model *model)
{
    size_t count;
    const struct model_table *tables = model_tables(model, &count);
    for (size_t i = 0; i < count; i++)
        write_table(model, &tables[i], context);
}

static void write_parameter(const struct model_query_parameter *parameter, struct text *out)
{
    json_text_begin(out, NULL, '{');
    json_text_string(out, "name", slice_of(parameter->name));
    json_text_string(out, "type", slice_of(column_type_name(parameter->type)));
    json_text_bool(out, "required", !parameter->optional);
    if (parameter->fallback)
        json_text_string(out, "default", slice_of(parameter->fallback));
    text_add_char(out, '}');
}

static void write_query(const struct model *model, const struct model_query *query,
                        struct text *out)
{
    json_text_begin(out, NULL, '{');
    json_text_string(out, "name", slice_of(query->name));
    json_text_string(out, "model", slice_of(model_name(model)));
    json_text_format(out, "path", "/query/%s", query->name);
    json_text_begin(out, "parameters", '[');
    for (size_t i = 0; i < query->parameter_count; i++)
        write_parameter(&query->parameters[i], out);
    text_add(out, "]}");
}

static void write_queries(void *context, const struct model *model)
{
    size_t count;
    const struct model_query *queries = model_queries(model, &count);
    for (size_t i = 0; i < count; i++)
        write_query(model, &queries[i], context);
}

static enum err answer_each(struct http_request *request, const char *what,
                            read_definition_fn *write, struct error *error)
{
    enum err err = query_string_read_none(request, error);
    if (err)
        return err;
    struct text *out = &request->answer.body;
    text_add_char(out, '{');
    json_text_begin(out, what, '[');
    read_side_each_definition(query_endpoint_of(request)->options.side, write, out);
    text_add(out, "]}");
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

enum err read_catalogue_tables(struct http_request *request, struct error *error)
{
    return answer_each(request, "tables", write_tables, error);
}

enum err read_catalogue_queries(struct http_request *request, struct error *error)
{
    return answer_each(request, "queries", write_queries, error);
}
