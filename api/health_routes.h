/* What both endpoints serve alike: /livez and /metrics. */
#pragma once

#include "http/http_request.h"

request_fn health_routes_live, health_routes_metrics;
