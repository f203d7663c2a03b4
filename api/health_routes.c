/* Health touches no store: /livez answers as long as an HTTP thread runs. */
#include "api/health_routes.h"

#include "http/http_answer.h"
#include "telemetry/metrics.h"

enum err health_routes_live(struct http_request *request, struct error *error)
{
    (void)error;
    text_add(&request->answer.body, "{\"status\":\"alive\"}");
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

enum err health_routes_metrics(struct http_request *request, struct error *error)
{
    (void)error;
    metrics_write(&request->answer.body);
    http_answer_header(request, "Cache-Control", "no-store");
    http_answer(request, 200, "text/plain; version=0.0.4; charset=utf-8");
    return OK;
}
