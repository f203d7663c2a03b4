/* A request's body as JSON. */
#pragma once

#include "api/http_request.h"

#include <jansson.h>

/* An empty body is {}. ERR_UNSUPPORTED_MEDIA if the Content-Type is not application/json in UTF-8,
 * ERR_INVALID_JSON with line and column. The caller owns *ret_json. */
MUST_CHECK enum err json_body_read(const struct http_request *request, json_t **ret_json,
                                   struct error *error);
