/* GET /problems and /problems/{slug}, on both endpoints: what the `type` of a problem leads to.
 * JSON, or a page for browsers; the texts are those of base/problem_help.def. */
#pragma once

#include "api/http_request.h"

request_fn problem_routes_list, problem_routes_one;
