/* Health touches no store: /livez answers as long as an HTTP thread runs. */
#include "api/health_routes.h"

#include "api/http_answer.h"
#include "api/http_server.h"
#include "api/query_string.h"
#include "telemetry/metrics.h"

enum err health_routes_index(struct http_request *request, struct error *error)
{
    const struct route *route = router_routes(http_server_router(request));
    struct text *body = &request->answer.body;
    enum err err = query_string_read_none(request, error);
    if (err)
        return err;
    text_add(body, "{\"links\":[");
    for (bool first = true; route->method; route++) {
        if (!route->operation)
            continue;
        text_printf(body, "%s{\"method\":\"%s\",\"path\":\"%s\",\"summary\":", first ? "" : ",",
                    route->method, route->pattern);
        text_add_json_string(body, slice_of(route->summary));
        text_add_char(body, '}');
        first = false;
    }
    text_add(body, "]}");
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

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
