/* GET /openapi.json and /docs of the command endpoint: what they tell never changes, so they are
 * written once. */
#include "api/command_endpoint_private.h"
#include "api/http_answer.h"
#include "api/openapi.h"
#include "api/openapi_page.h"

void command_documents_write(struct command_endpoint *endpoint)
{
    const struct openapi_subject subject = {.catalogue = endpoint->options.catalogue};
    openapi_write(router_routes(endpoint->router), "commands.json", &subject,
                  &endpoint->openapi.text);
    document_seal(&endpoint->openapi);
    openapi_page_write(text_slice(&endpoint->openapi.text), &endpoint->page.text);
    document_seal(&endpoint->page);
}

enum err command_documents_openapi(struct http_request *request, struct error *error)
{
    enum err err = query_string_read_none(request, error);
    if (!err)
        document_answer(request, &command_endpoint_of(request)->openapi, HTTP_JSON);
    return err;
}

enum err command_documents_page(struct http_request *request, struct error *error)
{
    enum err err = query_string_read_none(request, error);
    if (!err)
        document_answer(request, &command_endpoint_of(request)->page, HTTP_HTML_UTF8);
    return err;
}
