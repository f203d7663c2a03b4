/* What the files behind the command endpoint share. Nobody else includes it. */
#pragma once

#include "api/command_endpoint.h"
#include "api/document.h"
#include "api/event_feed.h"
#include "api/http_server.h"
#include "api/log_readers.h"
#include "api/query_string.h"

#include <stdatomic.h>

struct command_endpoint {
    struct command_endpoint_options options;
    struct log_readers *readers;
    struct read_workers *workers;
    struct event_feed *feed;
    struct router *router;
    _Atomic(struct http_server *) server;
    struct document commands, schemas, schemas_page, openapi, page; /* written at start */
};

static inline struct command_endpoint *command_endpoint_of(const struct http_request *request)
{
    return request->context;
}

/* The handlers, by the file they are in. */
request_fn command_routes_send, command_routes_send_new;
request_fn append_routes_append;
request_fn stream_routes_events, stream_routes_state, stream_routes_list;
request_fn event_routes_events;
request_fn event_feed_routes_listen;
request_fn catalogue_routes_commands, catalogue_routes_schemas, catalogue_routes_schema;
request_fn command_health_ready;
request_fn command_documents_openapi, command_documents_page;

/* Made once, at start. */
void catalogue_routes_write(struct command_endpoint *endpoint);
void command_documents_write(struct command_endpoint *endpoint);
