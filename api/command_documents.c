/* GET /openapi.json of the command endpoint: written once for each edition of the catalogue. */
#include "api/command_endpoint_private.h"
#include "api/http_answer.h"
#include "api/openapi.h"

void command_documents_write(const struct route *table, struct edition *edition)
{
    const struct openapi_subject subject = {.catalogue = edition->catalogue};
    openapi_write(table, "commands.json", &subject, &edition->openapi.text);
    document_seal(&edition->openapi);
}

enum err command_documents_openapi(struct http_request *request, struct error *error)
{
    AUTO(edition) struct edition *edition = edition_of(request);
    enum err err = query_string_read_none(request, error);
    if (!err)
        document_answer(request, &edition->openapi, HTTP_JSON);
    return err;
}
