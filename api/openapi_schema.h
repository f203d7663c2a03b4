/* Schemas of the catalogue, as components of an OpenAPI document. */
#pragma once

#include "schema/catalogue/catalogue.h"

struct openapi;

/* A reference to the schema, which becomes a component, with its own references led to where it
 * stands now. The caller's. */
json_t *openapi_schema_refer(struct openapi *openapi, const struct catalogue_entry *entry);
