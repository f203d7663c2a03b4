/* Reads the document back, so that page and document cannot disagree. */
#include "api/openapi_page.h"

#include "api/html.h"
#include "base/json.h"

/* What a {"$ref": "#/a/b/c"} of ours stands for; anything else stands for itself. */
static const json_t *follow(const json_t *document, const json_t *json)
{
    const char *at = json_string_or(json, "$ref", NULL);
    if (!at)
        return json;
    for (at++; *at == '/'; at += strcspn(at, "/")) {
        at++;
        document = json_object_getn(document, at, strcspn(at, "/"));
    }
    return document;
}

static const char *type_of(const json_t *schema)
{
    return json_string_or(schema, "type", "");
}

static void write_parameters(const json_t *document, const json_t *parameters, struct text *out)
{
    static const char *const head[] = {"name", "in", "type", "", NULL};
    size_t i;
    const json_t *each;
    if (!json_array_size(parameters))
        return;
    html_table_begin(out, head);
    json_array_foreach (parameters, i, each) {
        const json_t *parameter = follow(document, each);
        bool required = json_is_true(json_object_get(parameter, "required"));
        text_add(out, "<tr><td><code>");
        html_add(out, slice_of(json_string_or(parameter, "name", "")));
        text_add(out, required ? "</code> *</td>" : "</code></td>");
        html_element(out, "td", json_string_or(parameter, "in", ""));
        html_element(out, "td", type_of(follow(document, json_object_get(parameter, "schema"))));
        html_element(out, "td", json_string_or(parameter, "description", ""));
        text_add(out, "</tr>");
    }
    html_table_end(out);
}

static void write_body(const json_t *document, const json_t *body, struct text *out)
{
    const char *type;
    const json_t *media;
    html_element(out, "p", json_string_or(body, "description", NULL));
    json_object_foreach (json_object_get(follow(document, body), "content"), type, media) {
        text_add(out, "<p>Body: <code>");
        html_add(out, slice_of(type));
        text_add(out, "</code></p>");
        if (json_object_get(media, "example"))
            html_json(out, json_object_get(media, "example"));
    }
}

static void write_types(const json_t *response, struct text *out)
{
    const char *type;
    const json_t *media;
    text_add(out, "<td>");
    json_object_foreach (json_object_get(response, "content"), type, media) {
        html_add(out, slice_of(type));
        text_add(out, "<br>");
    }
    text_add(out, "</td>");
}

static void write_responses(const json_t *document, json_t *responses, struct text *out)
{
    static const char *const head[] = {"status", "media type", "", NULL};
    const char *status;
    const json_t *each;
    html_table_begin(out, head);
    json_object_foreach (responses, status, each) {
        const json_t *response = follow(document, each);
        text_add(out, "<tr>");
        html_element(out, "td", status);
        write_types(response, out);
        html_element(out, "td", json_string_or(response, "description", ""));
        text_add(out, "</tr>");
    }
    html_table_end(out);
}

static void write_operation(const json_t *document, const char *path, const char *method,
                            const json_t *operation, struct text *out)
{
    AUTO(text) struct text heading = {0};
    text_printf(&heading, "%s %s", method, path);
    text_add(out, "<section id=\"");
    html_add(out, slice_of(json_string_or(operation, "operationId", "")));
    text_add(out, "\">\n");
    html_element(out, "h3", heading.at);
    html_element(out, "p", json_string_or(operation, "summary", NULL));
    html_element(out, "p", json_string_or(operation, "description", NULL));
    write_parameters(document, json_object_get(operation, "parameters"), out);
    if (json_object_get(operation, "requestBody"))
        write_body(document, json_object_get(operation, "requestBody"), out);
    write_responses(document, json_object_get(operation, "responses"), out);
    text_add(out, "</section>\n");
}

static void write_line(const char *path, const char *method, const json_t *operation,
                       struct text *out)
{
    AUTO(text) struct text name = {0}, target = {0};
    text_printf(&name, "%s %s", method, path);
    text_printf(&target, "#%s", json_string_or(operation, "operationId", ""));
    text_add(out, "<li>");
    html_link(out, target.at, name.at);
    text_add(out, " ");
    html_add(out, slice_of(json_string_or(operation, "summary", "")));
    text_add(out, "</li>\n");
}

static void write_contents(json_t *paths, struct text *out)
{
    const char *path, *method;
    json_t *item;
    const json_t *operation;
    text_add(out, "<ul>\n");
    json_object_foreach (paths, path, item) {
        json_object_foreach (item, method, operation)
            write_line(path, method, operation, out);
    }
    text_add(out, "</ul>\n");
}

void openapi_page_write(struct slice text, struct text *out)
{
    AUTO(json) json_t *document = NULL;
    struct error error;
    enum err err = json_read(text, &document, &error);
    REQUIRE(err == OK); /* we wrote it */
    const json_t *info = json_object_get(document, "info");
    const char *path, *method;
    json_t *item;
    const json_t *operation;
    html_begin(out, json_string_or(info, "title", ""));
    html_element(out, "p", json_string_or(info, "description", NULL));
    text_add(out, "<p>For programs: ");
    html_link(out, "/openapi.json", "/openapi.json");
    text_add(out, ", OpenAPI 3.1. Marked * is required.</p>\n");
    write_contents(json_object_get(document, "paths"), out);
    json_object_foreach (json_object_get(document, "paths"), path, item) {
        json_object_foreach (item, method, operation)
            write_operation(document, path, method, operation, out);
    }
    html_end(out);
}
