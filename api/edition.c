/* Holding and replacing are behind a mutex, so that the present one cannot go between being found
 * and being held; letting go needs none. */
#include "api/edition.h"

#include "base/error.h"

struct edition *edition_create(const struct catalogue *catalogue, struct consumers *take_consumers)
{
    struct edition *edition = calloc(1, sizeof *edition);
    REQUIRE(edition);
    atomic_init(&edition->holders, 1);
    edition->catalogue = catalogue_hold(catalogue);
    edition->consumers_known = take_consumers != NULL;
    if (take_consumers) {
        edition->consumers = *take_consumers;
        *take_consumers = (struct consumers){0};
    }
    return edition;
}

void edition_release(struct edition *edition)
{
    if (!edition || atomic_fetch_sub(&edition->holders, 1) > 1)
        return;
    document_finish(&edition->schemas);
    document_finish(&edition->schemas_page);
    document_finish(&edition->openapi);
    consumers_finish(&edition->consumers);
    catalogue_close(edition->catalogue);
    free(edition);
}

void editions_init(struct editions *editions)
{
    editions->present = NULL;
    REQUIRE(pthread_mutex_init(&editions->mutex, NULL) == 0);
}

void editions_finish(struct editions *editions)
{
    edition_release(editions->present);
    pthread_mutex_destroy(&editions->mutex);
}

void editions_publish(struct editions *editions, struct edition *take_edition)
{
    pthread_mutex_lock(&editions->mutex);
    struct edition *before = editions->present;
    editions->present = take_edition;
    pthread_mutex_unlock(&editions->mutex);
    edition_release(before);
}

struct edition *editions_hold(struct editions *editions)
{
    pthread_mutex_lock(&editions->mutex);
    struct edition *edition = editions->present;
    atomic_fetch_add(&edition->holders, 1);
    pthread_mutex_unlock(&editions->mutex);
    return edition;
}
