/* Every operation of an endpoint's OpenAPI document, called with its own examples; the answer must
 * be one the document has: status, headers, media type and, of JSON, the schema. Problems too. */
#pragma once

#include "tests/support/http_client.h"

/* GET /openapi.json; the caller owns it. */
json_t *openapi_call_document(const char *address);

/* Calls an operation of each route with its example and something that does not belong there: an
 * answer may be any that the document has. */
void openapi_call_wrongly(const char *address, const json_t *document, const char *method,
                          struct text *ret_answers);

/* Calls the operations of the method ("get"), in every media type of their 200 but live feeds, and
 * adds a line "id status" for each call. */
void openapi_call_each(const char *address, const json_t *document, const char *method,
                       struct text *ret_answers);
