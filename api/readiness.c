/* Written piece by piece; `status` is known last and so stands last. */
#include "api/readiness.h"

#include "base/json_text.h"
#include "http/http_answer.h"

static void add(struct readiness *readiness, const char *name, bool ok, const char *detail)
{
    struct text *body = &readiness->request->answer.body;
    if (!readiness->begun)
        text_add(body, "{\"checks\":[");
    readiness->begun = true;
    json_text_begin(body, NULL, '{');
    json_text_string(body, "name", slice_of(name));
    json_text_bool(body, "ok", ok);
    json_text_string(body, "detail", slice_of(detail));
    text_add_char(body, '}');
}

void readiness_add(struct readiness *readiness, const char *name, bool ok, const char *detail)
{
    readiness->failed = readiness->failed || !ok;
    add(readiness, name, ok, detail);
}

void readiness_degrade(struct readiness *readiness, const char *name, const char *detail)
{
    readiness->degraded = true;
    add(readiness, name, false, detail);
}

void readiness_answer(struct readiness *readiness)
{
    struct http_request *request = readiness->request;
    text_printf(&request->answer.body, "%s],\"status\":\"%s\"}",
                readiness->begun ? "" : "{\"checks\":[",
                readiness->failed     ? "not ready"
                : readiness->degraded ? "degraded"
                                      : "ready");
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, readiness->failed ? 503 : 200, HTTP_JSON);
    http_answer_retry_after(request, ERR_NOT_READY);
}
