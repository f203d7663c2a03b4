/* A request's body as JSON. */
#pragma once

#include "http/http_request.h"

#include <jansson.h>

/* Reads the body, whatever its Content-Type. The memory of its tree, and `more_bytes` for what is
 * made of the tree, are counted before it is built, until the request is answered; the tree must be
 * freed by then. ERR_INVALID_JSON with line and column, ERR_TOO_MANY_VALUES, ERR_QUEUE_FULL. The
 * caller owns *ret_json. */
MUST_CHECK enum err json_body_parse(struct http_request *request, size_t more_bytes,
                                    json_t **ret_json, struct error *error);

/* An empty body is {}. ERR_UNSUPPORTED_MEDIA if the Content-Type is not application/json in UTF-8,
 * else as json_body_parse(). The caller owns *ret_json. */
MUST_CHECK enum err json_body_read(struct http_request *request, json_t **ret_json,
                                   struct error *error);
