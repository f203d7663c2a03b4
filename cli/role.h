/* The start of every role: logging, catalogue, models, and the line `ready`. */
#pragma once

#include "cli/options.h"
#include "http/http_limits.h"
#include "read_model/definition/consumers.h"
#include "schema/catalogue/catalogue.h"

struct reread;

/* Sets the log level (ERR_USAGE if it is unknown), creates the data directory, and catches SIGHUP
 * (base/hangup.h). */
MUST_CHECK enum err role_begin(const char *role, const struct options *options,
                               struct error *error);

/* Logs a warning if other users can read the data directory. Called by the role that owns the log,
 * so that the warning appears once. */
void role_warn_of_others(const struct options *options);

MUST_CHECK enum err role_open_catalogue(const struct options *options,
                                        struct catalogue **ret_catalogue, struct error *error);
/* Reloads and checks the schemas on SIGHUP without using them: the role keeps the schemas of its start. */
struct reread *role_reread(const struct options *options, const struct catalogue *catalogue);

MUST_CHECK enum err role_open_models(const struct options *options,
                                     const struct catalogue *catalogue, struct models **ret_models,
                                     struct error *error);

/* The consumers of each field of each event type. False, with a log message, if the read models cannot
 * be loaded: a role without read models runs without them. */
bool role_consumers(const struct options *options, const struct catalogue *catalogue,
                    struct consumers *ret_consumers);

/* Returns ERR_DEFINITION, which ends a role until a person acts; the message has the nearest name and all
 * models. */
enum err role_no_such_model(const struct models *models, const char *name, struct error *error);

/* The limits that both endpoints have: --body-limit, --connections and so on. The number of
 * connections is reduced, with a log message, to leave descriptors for the log, the files of
 * `models` read models and sockets. ERR_USAGE if no connection would remain. */
MUST_CHECK enum err role_http_limits(const struct options *options, size_t models,
                                     struct http_limits *ret_limits, struct error *error);

/* The address of the other endpoint from its listen option; NULL if its port is 0. */
const char *role_other_address(const struct options *options, enum option listen);

/* Prints "ready <role> <where>" on standard output, at once. */
void role_ready(const char *role, const char *where);

/* Waits until a stop is requested (true) or the time has passed. The main thread of an endpoint calls it
 * in a loop: now and then it returns free memory to the system, which the C library would keep after a
 * peak of clients. */
bool role_wait_ms(int64_t ms);

/* --- reread.c: the role's schemas, reloaded on SIGHUP by the thread "reread".
 *
 * Schemas that are valid and only add to the previous ones are passed to the role. Others change
 * nothing: the log says file, line and reason, the metrics count them, and the control socket reports
 * them until a later reload succeeds. Upcasters stay those of the start (catalogue_compare.h).
 */

struct reread_options {
    const struct catalogue_files *files; /* built-in schemas, borrowed */
    const char *directory;               /* of more schemas, or NULL */
    const struct catalogue *catalogue;   /* the role's, borrowed */
    /* Called on the thread; may be NULL. The catalogue is borrowed. */
    void (*accepted)(void *context, const struct catalogue *next);
    void (*rejected)(void *context);
    void *context;
};

/* After role_begin(). */
struct reread *reread_start(const struct reread_options *options);
/* Ends the thread. */
void reread_stop(struct reread *reread);
AUTO_CLOSE(reread, struct reread, reread_stop)

/* Why the last reload was rejected, or null. The caller owns it. Any thread. */
json_t *reread_trouble(struct reread *reread);
