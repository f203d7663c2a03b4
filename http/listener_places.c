#include "http/listener_places.h"

#define TARGET_MOST_BYTES 8192 /* kept several times while it listens */

static void leave(struct http_leaving *leaving)
{
    struct listener_places *places = (struct listener_places *)leaving;
    metric_add(places->metric, -1);
    atomic_fetch_sub(&places->taken, 1);
}

void listener_places_init(struct listener_places *places, unsigned most, unsigned fallback,
                          const char *option, enum metric metric)
{
    places->leaving.left = leave;
    places->most = most ? most : fallback;
    places->option = option;
    places->metric = metric_series(metric, "");
    atomic_init(&places->taken, 0);
}

static bool take_free(struct listener_places *places)
{
    if (atomic_fetch_add(&places->taken, 1) < places->most)
        return true;
    atomic_fetch_sub(&places->taken, 1);
    return false;
}

/* Before one is refused, it is looked who has just gone: a browser does not ask again. */
enum err listener_places_take(struct listener_places *places, struct http_request *request,
                              struct error *error)
{
    if (http_deferral_has_leaving(request))
        return OK;
    if (request->path.length + request->query.length > TARGET_MOST_BYTES)
        return error_set(
            error, ERR_URI_TOO_LONG,
            "path and query of a request that listens or waits may have at most %d bytes",
            TARGET_MOST_BYTES);
    if (!take_free(places)) {
        http_deferral_notice(request);
        if (!take_free(places))
            return error_set(error, ERR_QUEUE_FULL,
                             "%u clients listen already, which is the most (--%s); try again, or "
                             "ask for what there is now, without listening or waiting",
                             places->most, places->option);
    }
    metric_add(places->metric, 1);
    http_deferral_on_leaving(request, &places->leaving);
    return OK;
}
