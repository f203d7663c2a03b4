/* Names come from the request's path, so that they need no escaping. */
#include "api/stream_answer.h"

#include "api/precondition.h"
#include "http/http_answer.h"

#include <stdio.h>

struct slice stream_answer_name(struct http_request *request)
{
    AUTO(text) struct text name = {0};
    text_add_slice(&name, request->parameter[0]);
    text_add_char(&name, '/');
    text_add_slice(&name, request->parameter[1]);
    return arena_copy(&request->arena, text_slice(&name));
}

bool stream_answer_not_modified(struct http_request *request, int64_t version)
{
    char etag[24];
    snprintf(etag, sizeof etag, "\"%lld\"", (long long)version);
    http_answer_etag_version(request, version);
    if (!precondition_none_match_has(request, etag))
        return false;
    http_answer(request, 304, NULL);
    return true;
}
