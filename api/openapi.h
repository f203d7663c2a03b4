/* Writes an OpenAPI 3.1 document from a table of routes, the texts in api/openapi/, and the commands,
 * events, tables and queries that the routes serve.
 */
#pragma once

#include "base/json.h"
#include "http/router.h"
#include "schema/catalogue/catalogue.h"

struct aggregate;
struct read_side;

/* What the routes of one endpoint serve. */
struct openapi_subject {
    const struct aggregate *const *aggregates; /* of the command endpoint; end with NULL */
    const struct catalogue *catalogue;
    struct read_side *side;
};

struct openapi {
    json_t *document;
    json_t *paths, *components;
    json_t *templates, *last_tags; /* not part of the document; the tags become its last */
    const struct openapi_subject *subject;
};

/* Adds the document of all routes that have an operation. `part` is the endpoint's file in
 * api/openapi/, which is added to shared.json. */
void openapi_write(const struct route *routes, const char *part,
                   const struct openapi_subject *subject, struct text *out);

/* --- for the routes that expand -------------------------------------------------------------- */

/* Adds the route's operation at `path`, with `id` as its operationId; the result is borrowed. */
json_t *openapi_add(struct openapi *openapi, const struct route *route, const char *path,
                    const char *id);

/* A deep copy of the part's template of this name; the caller owns it. */
json_t *openapi_template(const struct openapi *openapi, const char *name);
