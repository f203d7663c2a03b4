/* GET /commands, /schemas, /schemas/{type}. The list of commands is written once, the list of schemas
 * once for each catalogue view, and the page of one type on request. */
#include "api/catalogue_page.h"
#include "api/command_context.h"
#include "base/json.h"
#include "base/json_text.h"
#include "http/http_answer.h"
#include "http/media_type.h"

#define HTTP_SCHEMA "application/schema+json"

static void write_command(const struct aggregate *aggregate, const struct command_kind *kind,
                          struct text *out)
{
    const char *category = aggregate->category, *name = kind->name;
    json_text_begin(out, NULL, '{');
    json_text_string(out, "category", slice_of(category));
    json_text_string(out, "command", slice_of(name));
    json_text_format(out, "path", "/commands/%s/{id}/%s", category, name);
    json_text_format(out, "schema", "/schemas/%s.%s", category, name);
    json_text_string(out, "summary", slice_of(kind->summary));
    json_text_begin(out, "events", '[');
    for (size_t i = 0; kind->events[i]; i++)
        json_text_string(out, NULL, slice_of(kind->events[i]));
    text_add(out, "]}");
}

static void write_commands(const struct aggregate *const *aggregates, struct text *out)
{
    text_add_char(out, '{');
    json_text_begin(out, "commands", '[');
    for (size_t i = 0; aggregates[i]; i++)
        for (const struct command_kind *kind = aggregates[i]->commands; kind->name; kind++)
            write_command(aggregates[i], kind, out);
    text_add(out, "]}");
}

static void write_event_schema(const struct catalogue_entry *event, struct text *out)
{
    json_text_begin(out, NULL, '{');
    json_text_string(out, "type", slice_of(event->name));
    json_text_format(out, "schema", "/schemas/%s", event->name);
    json_text_string(out, "title", slice_of(json_string_or(event->json, "title", "")));
    text_add_char(out, '}');
}

static void write_command_schema(const struct aggregate *aggregate, const struct command_kind *kind,
                                 struct text *out)
{
    json_text_begin(out, NULL, '{');
    json_text_format(out, "command", "%s.%s", aggregate->category, kind->name);
    json_text_format(out, "schema", "/schemas/%s.%s", aggregate->category, kind->name);
    text_add_char(out, '}');
}

static void write_schemas(const struct aggregate *const *aggregates,
                          const struct catalogue *catalogue, struct text *out)
{
    size_t count;
    const struct catalogue_entry *events = catalogue_events(catalogue, &count);
    text_add_char(out, '{');
    json_text_begin(out, "events", '[');
    for (size_t i = 0; i < count; i++)
        write_event_schema(&events[i], out);
    text_add_char(out, ']');
    json_text_begin(out, "commands", '[');
    for (size_t i = 0; aggregates[i]; i++)
        for (const struct command_kind *kind = aggregates[i]->commands; kind->name; kind++)
            write_command_schema(aggregates[i], kind, out);
    text_add(out, "]}");
}

void catalogue_routes_write_commands(const struct aggregate *const *aggregates,
                                     struct document *document)
{
    write_commands(aggregates, &document->text);
    document_seal(document);
}

void catalogue_routes_write(const struct aggregate *const *aggregates, struct catalogue_view *view)
{
    write_schemas(aggregates, view->catalogue, &view->schemas.text);
    catalogue_page_write_list(view->catalogue, &view->schemas_page.text);
    document_seal(&view->schemas);
    document_seal(&view->schemas_page);
}

enum err catalogue_routes_commands(struct http_request *request, struct error *error)
{
    enum err err = query_string_read_none(request, error);
    if (!err)
        document_answer(request, &command_endpoint_of(request)->commands, HTTP_JSON);
    return err;
}

/* For a request without parameters. */
static enum err choose(struct http_request *request, const char *const *types, int *ret_form,
                       struct error *error)
{
    enum err err = query_string_read_none(request, error);
    if (!err)
        err = media_type_negotiate(request, types, ret_form, error);
    return err;
}

enum err catalogue_routes_schemas(struct http_request *request, struct error *error)
{
    static const char *const types[] = {HTTP_JSON, HTTP_HTML, NULL};
    AUTO(catalogue_view) struct catalogue_view *view = catalogue_view_of(request);
    int form;
    enum err err = choose(request, types, &form, error);
    if (!err && form == 0)
        document_answer(request, &view->schemas, HTTP_JSON);
    else if (!err)
        document_answer(request, &view->schemas_page, HTTP_HTML_UTF8);
    return err;
}

/* "account.open" → account, open. */
static const struct catalogue_entry *
find_command(struct http_request *request, const struct catalogue *catalogue, struct slice name)
{
    const char *dot = memchr(name.at, '.', name.length);
    if (!dot)
        return NULL;
    struct slice category = {name.at, (size_t)(dot - name.at)};
    return catalogue_command(catalogue, http_request_string(request, category), dot + 1);
}

static enum err find_entry(struct http_request *request, const struct catalogue *catalogue,
                           const struct catalogue_entry **ret_entry, struct error *error)
{
    struct slice name = request->parameter[0];
    *ret_entry = catalogue_event(catalogue, name);
    if (!*ret_entry)
        *ret_entry = find_command(request, catalogue, name);
    if (*ret_entry)
        return OK;
    const char *nearest = catalogue_nearest_event(catalogue, name);
    return error_set(
        error, ERR_NOT_FOUND, "unknown event type or command \"%s\"%s%s%s; GET /schemas lists all",
        name.at, nearest ? " (did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?)" : "");
}

static void write_entry(const struct aggregate *const *aggregates,
                        const struct catalogue_view *view, const struct catalogue_entry *entry,
                        bool as_page, struct text *out)
{
    AUTO(json)
    json_t *json =
        entry_json_make(aggregates, view->catalogue, entry, catalogue_view_consumers(view));
    if (as_page)
        catalogue_page_write(json, out);
    else
        json_write(json, out);
}

/* Answers with the schema alone, with the whole entry as JSON, or with its page. */
enum { FORM_SCHEMA, FORM_JSON, FORM_PAGE };

enum err catalogue_routes_schema(struct http_request *request, struct error *error)
{
    static const char *const types[] = {HTTP_SCHEMA, HTTP_JSON, HTTP_HTML, NULL};
    AUTO(catalogue_view) struct catalogue_view *view = catalogue_view_of(request);
    const struct catalogue_entry *entry;
    struct document document = {0};
    int form;
    enum err err = choose(request, types, &form, error);
    if (!err)
        err = find_entry(request, view->catalogue, &entry, error);
    if (err)
        return err;
    if (form == FORM_SCHEMA)
        text_add_slice(&document.text, entry->text);
    else
        write_entry(command_endpoint_of(request)->options.aggregates, view, entry,
                    form == FORM_PAGE, &document.text);
    document_seal(&document);
    document_answer(request, &document, form == FORM_PAGE ? HTTP_HTML_UTF8 : types[form]);
    document_finish(&document);
    return OK;
}
