/* A role's schemas, read again on SIGHUP by a thread of its own, named "reread".
 *
 * What is good and only adds to what was there is handed to the role; what is not changes nothing:
 * it is logged with file, line and reason, counted in the metrics, and told by the control socket
 * until a later one is good. Upcasters are those of the start in any case (catalogue_compare.h).
 */
#pragma once

#include "base/cleanup.h"
#include "schema/catalogue/catalogue.h"

struct reread;

struct reread_options {
    const struct catalogue_files *files; /* built-in schemas, borrowed */
    const char *directory;               /* of more schemas, or NULL */
    const struct catalogue *catalogue;   /* the role's, borrowed */
    /* On the thread; NULL if it is no matter to the role. The catalogue is borrowed. */
    void (*taken)(void *context, const struct catalogue *next);
    void (*refused)(void *context);
    void *context;
};

/* After role_begin(). */
struct reread *reread_start(const struct reread_options *options);
/* Ends the thread. */
void reread_stop(struct reread *reread);
AUTO_CLOSE(reread, struct reread, reread_stop)

/* Why the schemas last read again were refused, or null. The caller's. Any thread. */
json_t *reread_trouble(struct reread *reread);
