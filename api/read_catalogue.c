/* GET /read and GET /query: the tables and queries there are. Definitions do not change while the
 * process runs, so both are written once. */
#include "api/http_answer.h"
#include "api/query_endpoint_private.h"
#include "api/query_parameters.h"
#include "api/query_string.h"

static const char *const type_names[] = {
    [COLUMN_TYPE_ANY] = "any",   [COLUMN_TYPE_INTEGER] = "integer", [COLUMN_TYPE_REAL] = "real",
    [COLUMN_TYPE_TEXT] = "text", [COLUMN_TYPE_BLOB] = "blob",
};

static void write_columns(const struct model_table *table, struct text *out)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct model_column *column = &table->columns[i];
        text_printf(out, "%s{\"name\":\"%s\",\"type\":\"%s\",\"required\":%s", i ? "," : "",
                    column->name, type_names[column->type], column->not_null ? "true" : "false");
        if (column->key)
            text_printf(out, ",\"key\":%d", column->key);
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
    text_add(out, "\",\"columns\":[");
    write_columns(table, out);
    text_add(out, "]}");
}

void read_catalogue_write_tables(const struct models *models, struct text *out)
{
    bool first = true;
    text_add(out, "{\"tables\":[");
    for (size_t i = 0; i < models_count(models); i++) {
        size_t count;
        const struct model_table *tables = model_tables(models_at(models, i), &count);
        for (size_t j = 0; j < count; j++) {
            if (!first)
                text_add_char(out, ',');
            first = false;
            write_table(models_at(models, i), &tables[j], out);
        }
    }
    text_add(out, "]}");
}

static void write_parameter(void *context, struct slice name)
{
    struct text *out = context;
    if (out->at[out->length - 1] != '[')
        text_add_char(out, ',');
    text_add_json_string(out, name);
}

void read_catalogue_write_queries(const struct models *models, struct text *out)
{
    bool first = true;
    text_add(out, "{\"queries\":[");
    for (size_t i = 0; i < models_count(models); i++) {
        size_t count;
        const struct model_query *queries = model_queries(models_at(models, i), &count);
        for (size_t j = 0; j < count; j++) {
            text_printf(out,
                        "%s{\"name\":\"%s\",\"model\":\"%s\",\"path\":\"/query/%s\","
                        "\"parameters\":[",
                        first ? "" : ",", queries[j].name, model_name(models_at(models, i)),
                        queries[j].name);
            first = false;
            query_parameters_each(slice_of(queries[j].sql), write_parameter, out);
            text_add(out, "]}");
        }
    }
    text_add(out, "]}");
}

static enum err answer_text(struct http_request *request, const struct text *text,
                            struct error *error)
{
    enum err err = query_string_read_none(request, error);
    text_add_slice(&request->answer.body, text_slice(text));
    http_answer(request, 200, HTTP_JSON);
    return err;
}

enum err read_catalogue_tables(struct http_request *request, struct error *error)
{
    return answer_text(request, &query_endpoint_of(request)->tables, error);
}

enum err read_catalogue_queries(struct http_request *request, struct error *error)
{
    return answer_text(request, &query_endpoint_of(request)->queries, error);
}
