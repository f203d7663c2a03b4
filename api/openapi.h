/* An OpenAPI 3.1 document, put together from a table of routes, the texts in api/openapi/, and what
 * the routes serve. Whoever builds one decides when; nothing here is kept.
 */
#pragma once

#include "base/json.h"
#include "http/router.h"
#include "schema/catalogue/catalogue.h"

struct aggregate;
struct read_side;

/* What the routes that expand serve, on one endpoint or the other. */
struct openapi_subject {
    const struct aggregate *const *aggregates; /* of the command endpoint; closed by NULL */
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
 * api/openapi/, which comes on top of shared.json. */
void openapi_write(const struct route *routes, const char *part,
                   const struct openapi_subject *subject, struct text *out);

/* --- for the routes that expand -------------------------------------------------------------- */

/* Adds an operation at `path`, with what the route's own says; the result is borrowed. `id` takes
 * the place of the operation's. */
json_t *openapi_add(struct openapi *openapi, const struct route *route, const char *path,
                    const char *id);

/* A deep copy of the part's template of this name, the caller's. */
json_t *openapi_template(const struct openapi *openapi, const char *name);
