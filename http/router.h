/* Finds the handler of a request in a table of routes, compared segment by segment.
 *
 * The raw path is split at '/' before it is decoded, so %2F never separates.
 */
#pragma once

#include "http/http_request.h"

struct operation; /* of the OpenAPI document; not used here */

/* Patterns: "/streams/{category}/{id}"; a last segment "{key...}" takes one segment or more.
 * {category}, {id} and {command} must match the pattern of ids; others may be any UTF-8 text. */
struct route {
    const char *method; /* GET serves HEAD too */
    const char *pattern;
    request_fn *handler;
    const char *produces; /* media type of its answers; NULL: several, the handler negotiates */
    const char *summary;  /* one line, for "/" and the OpenAPI document */
    const struct operation
        *operation; /* the rest for the documents; NULL: part of a page, in no list */
};

/* The other endpoint, whose routes are not served here. */
struct neighbour {
    const char *name;           /* "query endpoint" */
    const char *address;        /* ADDR:PORT; NULL: not known */
    const struct route *routes; /* ends with a NULL method */
};

/* Adds its address: "http://ADDR:PORT", or "port PORT" if it listens on all addresses. False, and
 * nothing is added, if the address is not known. */
bool neighbour_write_where(const struct neighbour *neighbour, struct text *out);

struct router;

/* `routes` ends with a NULL method. `routes` and `neighbour`, which may be NULL, must outlive the router. */
struct router *router_create(const struct route *routes, const struct neighbour *neighbour);
void router_destroy(struct router *router);
AUTO_CLOSE(router, struct router, router_destroy)

const struct route *router_routes(const struct router *router);
const struct neighbour *router_neighbour(const struct router *router);

/* Sets the request's route and path parameters. ERR_NOT_FOUND, which names the other endpoint if
 * the path is one of its routes; ERR_METHOD_NOT_ALLOWED with answer.allow set; ERR_INVALID_ID;
 * ERR_NOT_ACCEPTABLE. */
MUST_CHECK enum err router_match(const struct router *router, struct http_request *request,
                                 struct error *error);
