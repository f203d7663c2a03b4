/* Strictness is base/json.h's. */
#include "api/json_body.h"

#include "api/http_answer.h"
#include "api/media_type.h"
#include "base/json.h"

enum err json_body_read(const struct http_request *request, json_t **ret_json, struct error *error)
{
    const char *content_type = http_request_header(request, HTTP_CONTENT_TYPE);
    if (request->body.length == 0) {
        *ret_json = json_object();
        return OK;
    }
    if (!media_type_is(content_type, HTTP_JSON))
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "Content-Type is %s; it must be application/json, in UTF-8",
                         content_type ? content_type : "missing");
    return json_read(text_slice(&request->body), ret_json, error);
}
