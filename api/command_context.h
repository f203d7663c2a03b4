/* What the handlers of the command endpoint share: the endpoint that a request came to, and the
 * handlers by file. Only api/ includes it.
 *
 * A write goes from its route (command_routes.c, command_batch_routes.c, append_routes.c) through
 * write_headers.c and desk_call.c to the command desk, and its answer back through answer_body.c. A
 * read of the log waits for a worker (log_call.c, read_workers.c, log_readers.c); the live feed has its
 * own thread (event_feed.h). Lists and documents are written once for each catalogue view
 * (catalogue_view.c).
 */
#pragma once

#include "api/command_endpoint.h"
#include "api/document.h"
#include "api/event_feed.h"
#include "api/log_readers.h"
#include "api/query_string.h"
#include "http/http_server.h"
#include "http/router.h"
#include "read_model/definition/consumers.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- catalogue_view.c: the catalogue as the endpoint uses it, and the documents written from it.
 *
 * A view is immutable once it is published; when the schemas are reloaded, a new view replaces it as a
 * whole, so a request sees one view from beginning to end. The last holder frees it.
 */

struct catalogue_view {
    atomic_size_t holders;
    struct catalogue *catalogue;
    struct consumers consumers; /* of its events */
    bool consumers_known;
    struct document schemas, schemas_page, openapi;
};

/* The current view. */
struct catalogue_views {
    pthread_mutex_t mutex;
    struct catalogue_view *current; /* guarded by the mutex */
};

/* A view with empty documents, which the caller writes before publishing it. Holds the catalogue and
 * takes the consumers of its events (NULL: not known). */
struct catalogue_view *catalogue_view_create(const struct catalogue *catalogue,
                                             struct consumers *take_consumers);
void catalogue_view_release(struct catalogue_view *view);
AUTO_CLOSE(catalogue_view, struct catalogue_view, catalogue_view_release)

void catalogue_views_init(struct catalogue_views *views);
void catalogue_views_finish(struct catalogue_views *views);

/* NULL: not known. */
static inline const struct consumers *catalogue_view_consumers(const struct catalogue_view *view)
{
    return view->consumers_known ? &view->consumers : NULL;
}

/* Makes this the current view. */
void catalogue_views_publish(struct catalogue_views *views, struct catalogue_view *take_view);

/* The current view, which the caller releases. Any thread; never NULL. */
struct catalogue_view *catalogue_views_hold(struct catalogue_views *views);

/* ---- the endpoint ---- */

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
    struct json_schema *batched; /* the schema of a command in a batch */
    struct catalogue_views views;
    atomic_bool stale; /* the last schema reload was rejected */
};

static inline struct command_endpoint *command_endpoint_of(const struct http_request *request)
{
    return request->context;
}

/* The current catalogue view; release it with AUTO(catalogue_view). */
static inline struct catalogue_view *catalogue_view_of(const struct http_request *request)
{
    return catalogue_views_hold(&command_endpoint_of(request)->views);
}

/* The handlers, by the file they are in. */
request_fn command_routes_send, command_routes_send_new;
request_fn command_batch_routes_send;
request_fn append_routes_append;
request_fn stream_routes_events, stream_routes_state;
request_fn category_routes_streams;
request_fn event_routes_events;
request_fn catalogue_routes_commands, catalogue_routes_schemas, catalogue_routes_schema;
request_fn command_documents_index, command_documents_openapi;

/* Written once, at start. */
void catalogue_routes_write_commands(const struct aggregate *const *aggregates,
                                     struct document *document);

/* The documents of a view, before it is published. */
void catalogue_routes_write(const struct aggregate *const *aggregates, struct catalogue_view *view);
void command_documents_write(const struct route *table, const struct aggregate *const *aggregates,
                             struct catalogue_view *view);
