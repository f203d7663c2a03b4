/* Every operation of an endpoint's OpenAPI document, called with its own examples; the answer must
 * be one the document has: status, headers, media type and, of JSON, the schema. */
#pragma once

#include "tests/support/http_client.h"

/* GET /openapi.json; the caller owns it. */
json_t *openapi_call_document(const char *address);

/* Calls the operations of the method ("get"), in every media type of their 200 but live feeds, and
 * adds a line "id status" for each call. */
void openapi_call_each(const char *address, const json_t *document, const char *method,
                       struct text *ret_answers);
