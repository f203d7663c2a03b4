/* What every role's start-up begins with: logging, catalogue, models; and the line `ready`. */
#pragma once

#include "cli/options.h"
#include "http/http_limits.h"
#include "read_model/definition/consumers.h"
#include "schema/catalogue/catalogue.h"

struct reread;

/* Sets the log's level (ERR_USAGE if it is none), makes the data directory, and has SIGHUP end
 * nothing (base/hangup.h). */
MUST_CHECK enum err role_begin(const char *role, const struct options *options,
                               struct error *error);

/* Logs a warning if other users may look into the data directory, as one made by hand. For the role
 * that owns the log: said once for all. */
void role_warn_of_others(const struct options *options);

MUST_CHECK enum err role_open_catalogue(const struct options *options,
                                        struct catalogue **ret_catalogue, struct error *error);
/* The role's schemas are read again on SIGHUP, which is no matter to what it does: what it reads
 * events by stays until its next start. */
struct reread *role_reread(const struct options *options, const struct catalogue *catalogue);

MUST_CHECK enum err role_open_models(const struct options *options,
                                     const struct catalogue *catalogue, struct models **ret_models,
                                     struct error *error);

/* Who reads which field of which event, for those who look a type up. False, and said in the log,
 * if the read models cannot be loaded: no reason for a role that has none not to run. */
bool role_consumers(const struct options *options, const struct catalogue *catalogue,
                    struct consumers *ret_consumers);

/* ERR_NOT_FOUND, naming the models there are. */
enum err role_no_such_model(const struct models *models, const char *name, struct error *error);

/* The limits of an endpoint out of --body-limit, --connections and --idle-timeout. As many
 * connections are taken off, which the log says, as leave descriptors for all that is no
 * connection: the log, the files of `models` read models, sockets. ERR_USAGE if none would be left.
 */
MUST_CHECK enum err role_http_limits(const struct options *options, size_t models,
                                     struct http_limits *ret_limits, struct error *error);

/* The address of the other endpoint, out of its listen option; NULL if it picks its port itself. */
const char *role_other_address(const struct options *options, enum option listen);

/* Prints "ready <role> <where>" on standard output, at once. */
void role_ready(const char *role, const char *where);

/* Waits until a stop is requested or the time is over; true if requested. Of the main thread of an
 * endpoint, again and again: now and then what a crowd of clients has left of free memory goes back
 * to the system, which the C library by itself would keep. */
bool role_wait_ms(int64_t ms);

/* --- reread.c: the role's schemas, read again on SIGHUP by a thread of its own, named "reread".
 *
 * Schemas that are valid and only add to the previous ones are passed to the role. Others change
 * nothing: the log says file, line and reason, the metrics count them, and the control socket reports
 * them until a later reload succeeds. Upcasters stay those of the start (catalogue_compare.h).
 */

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
