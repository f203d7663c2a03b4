/* Rows and named queries as server-sent events: the answer, and again whenever it changes. */
#pragma once

#include "api/query_endpoint_private.h"
#include "http/event_stream.h"

/* Answers GET /read/{table}/{key…}; a row that is not there (yet, or any more) is null. */
request_fn live_routes_row;

/* Answers GET /query/{name}. */
request_fn live_routes_query;
