/* Which handler a request belongs to: a table of routes, compared segment by segment.
 *
 * The raw path is split at '/' before it is decoded, so %2F never separates.
 */
#pragma once

#include "api/http_request.h"
#include "api/operation.h"

/* Patterns: "/streams/{category}/{id}"; a last segment "{key...}" takes one segment or more.
 * {category}, {id} and {command} must match the pattern of ids; others may be any UTF-8 text. */
struct route {
    const char *method; /* GET serves HEAD too */
    const char *pattern;
    request_fn *handler;
    const char *produces; /* media type of its answers; NULL: several, the handler looks itself */
    const char *summary;  /* one line, for "/" and the documents */
    const struct operation
        *operation; /* the rest for the documents; NULL: part of a page, in no list */
};

struct router;

/* `routes` is closed by a NULL method and must outlive the router. */
struct router *router_create(const struct route *routes);
void router_destroy(struct router *router);
AUTO_CLOSE(router, struct router, router_destroy)

const struct route *router_routes(const struct router *router);

/* Sets the request's route and path parameters. ERR_NOT_FOUND; ERR_METHOD_NOT_ALLOWED with
 * answer.allow set; ERR_INVALID_ID; ERR_NOT_ACCEPTABLE. */
MUST_CHECK enum err router_match(const struct router *router, struct http_request *request,
                                 struct error *error);
