/* References to the components of an OpenAPI document. */
#pragma once

#include <jansson.h>

/* {"$ref": "#/components/<kind>/<name>"}, the caller's. */
json_t *openapi_reference_make(const char *kind, const char *name);
