/* A request's body as JSON. */
#pragma once

#include "http/http_request.h"

#include <jansson.h>

/* Parses the body, ignoring Content-Type. The memory of the tree, and `more_bytes` for what the caller
 * makes of it, are counted before the tree is built, until the request is answered; the tree must be
 * freed by then. ERR_INVALID_JSON with line and column, ERR_TOO_MANY_VALUES, ERR_QUEUE_FULL. The
 * caller owns *ret_json. */
MUST_CHECK enum err json_body_parse(struct http_request *request, size_t more_bytes,
                                    json_t **ret_json, struct error *error);

/* Checks Content-Type, then parses. An empty body is {}. ERR_UNSUPPORTED_MEDIA if the type is not
 * application/json in UTF-8; otherwise like json_body_parse(). The caller owns *ret_json. */
MUST_CHECK enum err json_body_read(struct http_request *request, json_t **ret_json,
                                   struct error *error);
