/* GET /problems and /problems/{slug}, on both endpoints: the documents that the `type` of a problem names.
 * JSON, or a page for browsers; the texts are those of http/problem_help.def. */
#pragma once

#include "http/http_request.h"

request_fn problem_routes_list, problem_routes_one;
