/* GET /livez, /readyz and /metrics. /livez touches no store: it answers as long as an HTTP thread
 * runs. /readyz answers {"checks":[{"name":…,"ok":…,"detail":…}],"status":"ready"}; the status may be
 * "degraded" or "not ready".
 */
#pragma once

#include "http/http_request.h"

/* On both endpoints. */
request_fn health_routes_live, health_routes_metrics;

/* /readyz of the command endpoint, and of the query endpoint. */
request_fn health_routes_commands_ready, health_routes_queries_ready;
