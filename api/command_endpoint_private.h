/* What the files behind the command endpoint share. Nobody else includes it. */
#pragma once

#include "api/command_endpoint.h"
#include "api/document.h"
#include "api/edition.h"
#include "api/event_feed.h"
#include "api/log_readers.h"
#include "api/query_string.h"
#include "http/http_server.h"
#include "http/router.h"

#include <stdatomic.h>

struct command_endpoint {
    struct command_endpoint_options options;
    struct log_readers *readers;
    struct read_workers *workers;
    struct waiting_slots slots; /* of listeners and long polls */
    struct event_feed *feed;
    struct neighbour neighbour;
    struct router *router;
    _Atomic(struct http_server *) server;
    struct document commands;    /* written at start */
    struct json_schema *batched; /* what a command in a batch looks like */
    struct editions editions;
    atomic_bool stale; /* the schemas last read again were refused */
};

static inline struct command_endpoint *command_endpoint_of(const struct http_request *request)
{
    return request->context;
}

/* What is known of the catalogue now; let go with AUTO(edition). */
static inline struct edition *edition_of(const struct http_request *request)
{
    return editions_hold(&command_endpoint_of(request)->editions);
}

/* The handlers, by the file they are in. */
request_fn command_routes_send, command_routes_send_new;
request_fn command_batch_routes_send;
request_fn append_routes_append;
request_fn stream_routes_events;
request_fn state_routes_state;
request_fn category_routes_streams;
request_fn event_routes_events;
request_fn catalogue_routes_commands, catalogue_routes_schemas, catalogue_routes_schema;
request_fn command_documents_index, command_documents_openapi;

/* Made once, at start. */
void catalogue_routes_write_commands(const struct aggregate *const *aggregates,
                                     struct document *document);

/* An edition's documents, before it is published. */
void catalogue_routes_write(const struct aggregate *const *aggregates, struct edition *edition);
void command_documents_write(const struct route *table, const struct aggregate *const *aggregates,
                             struct edition *edition);
