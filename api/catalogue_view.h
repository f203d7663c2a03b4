/* A catalogue view: the catalogue as the command endpoint uses it, and the documents written from it.
 * Immutable once it is published; when the schemas are read again, a new view replaces it as a whole.
 * So a request sees one view from begin to end. The last holder frees it.
 */
#pragma once

#include "api/document.h"
#include "read_model/definition/consumers.h"

#include <pthread.h>
#include <stdatomic.h>

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
