/* Acquiring and replacing are guarded by a mutex, so that the current view cannot be freed between
 * being found and being acquired; releasing needs no mutex. */
#include "api/command_context.h"

#include "base/error.h"

struct catalogue_view *catalogue_view_create(const struct catalogue *catalogue,
                                             struct consumers *take_consumers)
{
    struct catalogue_view *view = calloc(1, sizeof *view);
    REQUIRE(view);
    atomic_init(&view->holders, 1);
    view->catalogue = catalogue_hold(catalogue);
    view->consumers_known = take_consumers != NULL;
    if (take_consumers) {
        view->consumers = *take_consumers;
        *take_consumers = (struct consumers){0};
    }
    return view;
}

void catalogue_view_release(struct catalogue_view *view)
{
    if (!view || atomic_fetch_sub(&view->holders, 1) > 1)
        return;
    document_finish(&view->schemas);
    document_finish(&view->schemas_page);
    document_finish(&view->openapi);
    consumers_finish(&view->consumers);
    catalogue_close(view->catalogue);
    free(view);
}

void catalogue_views_init(struct catalogue_views *views)
{
    views->current = NULL;
    REQUIRE(pthread_mutex_init(&views->mutex, NULL) == 0);
}

void catalogue_views_finish(struct catalogue_views *views)
{
    catalogue_view_release(views->current);
    pthread_mutex_destroy(&views->mutex);
}

void catalogue_views_publish(struct catalogue_views *views, struct catalogue_view *take_view)
{
    pthread_mutex_lock(&views->mutex);
    struct catalogue_view *before = views->current;
    views->current = take_view;
    pthread_mutex_unlock(&views->mutex);
    catalogue_view_release(before);
}

struct catalogue_view *catalogue_views_hold(struct catalogue_views *views)
{
    pthread_mutex_lock(&views->mutex);
    struct catalogue_view *view = views->current;
    atomic_fetch_add(&view->holders, 1);
    pthread_mutex_unlock(&views->mutex);
    return view;
}
