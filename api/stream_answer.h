/* What answers about streams have in common. */
#pragma once

#include "http/http_request.h"

/* "account/ACC-1", of the path's category and id; lives as long as the request. */
struct slice stream_answer_name(struct http_request *request);

/* Sets the ETag. True, and answered 304, if the client has this version already. */
bool stream_answer_not_modified(struct http_request *request, int64_t version);
