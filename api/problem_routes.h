/* GET /problems and /problems/{slug}, on both endpoints: what the `type` of a problem leads to.
 * JSON, or a page for browsers; the texts are those of http/problem_help.def. */
#pragma once

#include "http/http_request.h"

request_fn problem_routes_list, problem_routes_one;
