/* GET /read and GET /query: the tables and queries there are now. They change when a model is
 * rebuilt from another definition. */
#include "api/query_endpoint_private.h"
#include "api/query_string.h"
#include "http/http_answer.h"

static void write_description(const char *description, struct text *out)
{
    if (!description)
        return;
    text_add(out, ",\"description\":");
    text_add_json_string(out, slice_of(description));
}

static void write_columns(const struct model_table *table, struct text *out)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        text_printf(out, "%s{\"name\":\"%s\",\"type\":\"%s\",\"required\":%s", i ? "," : "",
                    column->name, column_type_name(column->type),
                    column->not_null || column->key ? "true" : "false");
        if (column->key)
            text_printf(out, ",\"key\":%d", column->key);
        if (column->is_time)
            text_add(out, ",\"format\":\"date-time\"");
        write_description(column->description, out);
        text_add_char(out, '}');
    }
}

static void write_table(const struct model *model, const struct model_table *table,
                        struct text *out)
{
    text_printf(out, "{\"name\":\"%s\",\"model\":\"%s\",\"list\":\"/read/%s\",\"row\":\"/read/%s",
                table->name, model_name(model), table->name, table->name);
    for (size_t i = 0; i < table->key_count; i++)
        text_printf(out, "/{%s}", table->columns[table->key[i]].name);
    text_add_char(out, '"');
    write_description(table->description, out);
    text_add(out, ",\"columns\":[");
    write_columns(table, out);
    text_add(out, "]}");
}

/* Between two members of an array. */
static void separate(struct text *out)
{
    if (out->at[out->length - 1] != '[')
        text_add_char(out, ',');
}

static void write_tables(void *context, const struct model *model)
{
    struct text *out = context;
    size_t count;
    const struct model_table *tables = model_tables(model, &count);
    for (size_t i = 0; i < count; i++) {
        separate(out);
        write_table(model, &tables[i], out);
    }
}

static void write_parameter(const struct model_query_parameter *parameter, struct text *out)
{
    separate(out);
    text_printf(out, "{\"name\":\"%s\",\"type\":\"%s\",\"required\":%s", parameter->name,
                column_type_name(parameter->type), parameter->optional ? "false" : "true");
    if (parameter->fallback) {
        text_add(out, ",\"default\":");
        text_add_json_string(out, slice_of(parameter->fallback));
    }
    text_add_char(out, '}');
}

static void write_queries(void *context, const struct model *model)
{
    struct text *out = context;
    size_t count;
    const struct model_query *queries = model_queries(model, &count);
    for (size_t i = 0; i < count; i++) {
        separate(out);
        text_printf(out,
                    "{\"name\":\"%s\",\"model\":\"%s\",\"path\":\"/query/%s\",\"parameters\":[",
                    queries[i].name, model_name(model), queries[i].name);
        for (size_t j = 0; j < queries[i].parameter_count; j++)
            write_parameter(&queries[i].parameters[j], out);
        text_add(out, "]}");
    }
}

static enum err answer_each(struct http_request *request, const char *what,
                            read_definition_fn *write, struct error *error)
{
    enum err err = query_string_read_none(request, error);
    if (err)
        return err;
    struct text *out = &request->answer.body;
    text_printf(out, "{\"%s\":[", what);
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
