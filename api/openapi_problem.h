/* The answers with problem details, as components of an OpenAPI document. */
#pragma once

#include "api/operation.h"

#include <jansson.h>

/* Adds to an operation's responses those for these problems. */
void openapi_problem_add(struct openapi *openapi, problem_set problems, json_t *responses);
