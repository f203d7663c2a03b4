/* The command endpoint: HTTP over the command desk and the log. It accepts commands and external events,
 * and serves streams, the event feed, the catalogue and its own documentation.
 *
 * The module has two endpoints, this one and query_endpoint.h. Each has a table of routes in its .c file;
 * a row names the method, the path, the handler in a *_routes.c file, and what the OpenAPI document says.
 *
 *   a write   command_routes.c, command_batch_routes.c or append_routes.c read the body (command_target.c,
 *             command_batch_item.c, cloudevent_body.c) and the headers (write_headers.c, precondition.c);
 *             desk_call.c suspends the request, hands it to the command desk, and sends the answer of
 *             answer_body.c. invalid_body.c is the answer to a body that breaks its schema.
 *   a read    stream_routes.c, category_routes.c and event_routes.c read the log on a worker (log_call.c,
 *             read_workers.c, log_readers.c), one bounded page at a time (page_cursor.c)
 *   the feed  event_feed.h: GET /events as server-sent events
 *   documents catalogue_routes.c, catalogue_page.h, command_documents.c, start_page.c, problem_routes.c,
 *             docs_routes.c; the OpenAPI document is made by openapi*.c from the routes (operation.h)
 *   health    health_routes.c
 *
 * What the handlers share is in command_context.h.
 */
#pragma once

#include "http/http_limits.h"
#include "http/router.h"
#include "read_model/definition/consumers.h"
#include "write_model/command_desk.h"

struct command_endpoint;

extern const struct route command_endpoint_routes[];

struct command_endpoint_options {
    const char *listen; /* ADDR:PORT; port 0 chooses a free one */
    const char *log_url;
    struct command_desk *desk;
    const struct aggregate *const *aggregates; /* end with NULL; each command has a schema */
    const struct catalogue *catalogue;         /* aggregate states use it, even after a reload */
    struct consumers *take_consumers;          /* of its events; NULL: not known */
    const char *queries_address; /* ADDR:PORT of the query endpoint; NULL: not known */
    const char *hosts;           /* names that Host may have (web_guard.h) */
    struct http_limits limits;   /* zeros: defaults */
    unsigned feed_listeners;     /* at most this many at once; 0: 1500 */
};

MUST_CHECK enum err command_endpoint_open(const struct command_endpoint_options *options,
                                          struct command_endpoint **ret_endpoint,
                                          struct error *error);

/* Where it listens: "127.0.0.1:8080". */
const char *command_endpoint_address(const struct command_endpoint *endpoint);

/* Switches to reloaded schemas: new requests are validated against them, and lists and documents show
 * them; a request that has begun keeps the old ones. The catalogue must have a schema for each
 * command. One thread at a time. */
void command_endpoint_renew(struct command_endpoint *endpoint, const struct catalogue *catalogue,
                            struct consumers *take_consumers);
/* The reload was rejected: /readyz reports that until the next command_endpoint_renew(). */
void command_endpoint_keep(struct command_endpoint *endpoint);

/* Stops listening, answers waiting requests with 503 shutting-down, and waits for requests in flight. The
 * desk must still be open. */
void command_endpoint_close(struct command_endpoint *endpoint);
AUTO_CLOSE(command_endpoint, struct command_endpoint, command_endpoint_close)
