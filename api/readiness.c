/* Written piece by piece; `status` is known last and so stands last. */
#include "api/readiness.h"

#include "api/http_answer.h"

void readiness_add(struct readiness *readiness, const char *name, bool ok, const char *detail)
{
    struct text *body = &readiness->request->answer.body;
    text_add(body, readiness->begun ? "," : "{\"checks\":[");
    readiness->begun = true;
    readiness->failed = readiness->failed || !ok;
    text_printf(body, "{\"name\":\"%s\",\"ok\":%s,\"detail\":", name, ok ? "true" : "false");
    text_add_json_string(body, slice_of(detail));
    text_add_char(body, '}');
}

void readiness_answer(struct readiness *readiness)
{
    struct http_request *request = readiness->request;
    text_printf(&request->answer.body, "%s],\"status\":\"%s\"}",
                readiness->begun ? "" : "{\"checks\":[", readiness->failed ? "not ready" : "ready");
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, readiness->failed ? 503 : 200, HTTP_JSON);
    if (readiness->failed)
        http_answer_header(request, "Retry-After", "1");
}
