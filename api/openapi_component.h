/* The components of an OpenAPI document that the code adds, and references to components. */
#pragma once

#include "api/openapi.h"
#include "api/operation.h"

/* {"$ref": "#/components/<kind>/<name>"}; the caller owns it. */
json_t *openapi_component_refer(const char *kind, const char *name);

/* Adds the answers for these problems to an operation's responses. */
void openapi_component_add_problems(struct openapi *openapi, problem_set problems,
                                    json_t *responses);

/* Returns a reference to a schema of the catalogue, which becomes a component; references inside it are
 * rewritten accordingly. The caller owns the reference. */
json_t *openapi_component_add_schema(struct openapi *openapi, const struct catalogue_entry *entry);
