/* GET / and /openapi.json of the command endpoint; the document is written once for each catalogue
 * view. */
#include "api/command_context.h"
#include "api/openapi.h"
#include "api/start_page.h"
#include "base/json.h"
#include "http/http_answer.h"

void command_documents_write(const struct route *table, const struct aggregate *const *aggregates,
                             struct catalogue_view *view)
{
    const struct openapi_subject subject = {.aggregates = aggregates, .catalogue = view->catalogue};
    openapi_write(table, "commands.json", &subject, &view->openapi.text);
    document_seal(&view->openapi);
}

enum err command_documents_openapi(struct http_request *request, struct error *error)
{
    AUTO(catalogue_view) struct catalogue_view *view = catalogue_view_of(request);
    enum err err = query_string_read_none(request, error);
    if (!err)
        document_answer(request, &view->openapi, HTTP_JSON);
    return err;
}

/* A call of the first command of the domain, with the example of its schema, for a new aggregate. */
static bool write_command(const struct aggregate *const *aggregates,
                          const struct catalogue *catalogue, const char *base, struct text *out)
{
    AUTO(text) struct text target = {0};
    if (!aggregates[0] || !aggregates[0]->commands[0].name)
        return false;
    const char *category = aggregates[0]->category, *name = aggregates[0]->commands[0].name;
    const struct catalogue_entry *entry = catalogue_command(catalogue, category, name);
    const json_t *example = json_array_get(json_object_get(entry->json, "examples"), 0);
    char *body = example ? json_dumps(example, 0) : NULL;
    text_printf(&target, "%s/commands/%s/%s", base, category, name);
    text_add(out, "--json ");
    start_page_quote(body ? body : "{}", out);
    text_add_char(out, ' ');
    start_page_quote(target.at, out);
    free(body);
    return true;
}

static void write_curl(struct http_request *request, int which, const char *base, struct text *out)
{
    static const char *const paths[START_PAGE_CURLS] = {"/schemas", "/commands", "/events?limit=5"};
    AUTO(catalogue_view) struct catalogue_view *view = catalogue_view_of(request);
    AUTO(text) struct text target = {0};
    const struct aggregate *const *aggregates = command_endpoint_of(request)->options.aggregates;
    if (which == 0 && write_command(aggregates, view->catalogue, base, out))
        return;
    text_printf(&target, "%s%s", base, paths[which]);
    start_page_quote(target.at, out);
}

enum err command_documents_index(struct http_request *request, struct error *error)
{
    const struct start_page page = {
        .title = "annal: command endpoint",
        .what = "This endpoint accepts commands, which cause events, and serves the log of events.",
        .address = http_server_address(command_endpoint_of(request)->server),
        .write_curl = write_curl,
    };
    return start_page_answer(request, &page, error);
}
