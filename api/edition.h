/* An edition of what the command endpoint knows of the catalogue: the catalogue itself and the
 * documents written from it. Immutable once it is published, and replaced as a whole when the
 * schemas are read again: whoever holds one sees nothing of another. It goes with its last holder.
 */
#pragma once

#include "api/document.h"
#include "read_model/definition/consumers.h"

#include <pthread.h>
#include <stdatomic.h>

struct edition {
    atomic_size_t holders;
    struct catalogue *catalogue;
    struct consumers consumers; /* of its events; all there are, if they are known */
    bool consumers_known;
    struct document schemas, schemas_page, openapi;
};

/* Where the present one is to be had. */
struct editions {
    pthread_mutex_t mutex;
    struct edition *present; /* mutex */
};

/* One with empty documents, to be written before it is published. Holds the catalogue; who reads
 * its events (NULL: not known) is taken over. */
struct edition *edition_create(const struct catalogue *catalogue, struct consumers *take_consumers);
/* Lets it go. */
void edition_release(struct edition *edition);
AUTO_CLOSE(edition, struct edition, edition_release)

void editions_init(struct editions *editions);
void editions_finish(struct editions *editions);

/* NULL if they are not known. */
static inline const struct consumers *edition_consumers(const struct edition *edition)
{
    return edition->consumers_known ? &edition->consumers : NULL;
}

/* From now on this is the present one. */
void editions_publish(struct editions *editions, struct edition *take_edition);

/* The present one, for the length of a request's handler. Any thread; never NULL. */
struct edition *editions_hold(struct editions *editions);
