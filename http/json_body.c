#include "http/json_body.h"

#include "base/json.h"
#include "base/json_measure.h"
#include "http/http_answer.h"
#include "http/http_server.h"
#include "http/media_type.h"

enum err json_body_parse(struct http_request *request, size_t more_bytes, json_t **ret_json,
                         struct error *error)
{
    struct slice text = text_slice(&request->body);
    struct json_measure measure = json_measure(text);
    size_t values_most = http_server_limits(request)->body_values;
    if (measure.values > values_most)
        return error_set(error, ERR_TOO_MANY_VALUES,
                         "the body has %zu JSON values; it may have at most %zu", measure.values,
                         values_most);
    enum err err = http_server_reserve(request, measure.tree_bytes + more_bytes, error);
    return err ? err : json_read(text, ret_json, error);
}

enum err json_body_read(struct http_request *request, json_t **ret_json, struct error *error)
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
    return json_body_parse(request, 0, ret_json, error);
}
