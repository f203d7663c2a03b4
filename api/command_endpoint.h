/* The command endpoint: HTTP over the command desk and the log. It accepts commands and external
 * events, and serves streams, the event feed, the catalogue and its own documentation; the route
 * tables in *_routes.c name every path.
 */
#pragma once

#include "http/http_limits.h"
#include "http/router.h"
#include "read_model/definition/consumers.h"
#include "write_model/command_desk.h"

struct command_endpoint;

extern const struct route command_endpoint_routes[];

struct command_endpoint_options {
    const char *listen; /* ADDR:PORT; port 0 picks a free one */
    const char *log_url;
    struct command_desk *desk;
    const struct aggregate *const *aggregates; /* closed by NULL; each command has a schema */
    const struct catalogue *catalogue;         /* states are folded by it, whatever is read again */
    struct consumers *take_consumers;          /* who reads its events; NULL: not known */
    const char *queries_address; /* ADDR:PORT of the query endpoint; NULL: not known */
    const char *hosts;           /* names it may be called by (web_guard.h) */
    struct http_limits limits;   /* zeros: defaults */
    unsigned feed_listeners;     /* at most so many at once; 0: 1500 */
};

MUST_CHECK enum err command_endpoint_open(const struct command_endpoint_options *options,
                                          struct command_endpoint **ret_endpoint,
                                          struct error *error);

/* "127.0.0.1:8080": where it listens. */
const char *command_endpoint_address(const struct command_endpoint *endpoint);

/* The schemas were read again: requests are judged by these now, those under way by the ones they
 * began with; lists and documents tell of them. Must have the commands' schemas. Any one thread. */
void command_endpoint_renew(struct command_endpoint *endpoint, const struct catalogue *catalogue,
                            struct consumers *take_consumers);
/* They were, and refused: /readyz says so until they are renewed. */
void command_endpoint_keep(struct command_endpoint *endpoint);

/* Stops listening, answers what waits with 503 shutting-down, waits for what is in flight. The desk
 * must still be open. */
void command_endpoint_close(struct command_endpoint *endpoint);
AUTO_CLOSE(command_endpoint, struct command_endpoint, command_endpoint_close)
