/* Operator actions on a file that one process at a time may write: done here if no process owns the
 * file, else by the owner, asked over its control socket until it has done it.
 *
 * One policy for all of them:
 *   not yet    while the owner answers ERR_NOT_READY it is at work on the action: as long as it takes.
 *              ERR_BUSY, ERR_QUEUE_FULL, ERR_INTERRUPTED, ERR_STOPPING and no answer at all: tried
 *              again for half a minute, the lock first, so that an owner that ends meanwhile leaves
 *              the action to us
 *   final      every other answer, and every other failure here
 *   no answer  the owner may have done it: an error after that says so
 *   stop       a request to stop this process ends the wait: ERR_INTERRUPTED
 *
 * operations/ talks to other processes through this file alone.
 */
#pragma once

#include "base/error.h"

#include <jansson.h>

struct owner_action {
    const char *data_directory;
    const char *role, *path; /* of the owner's control socket, and the route to POST to */
    const json_t *body;      /* may be NULL */
    /* Takes the file's lock, does it, releases the lock. ERR_LOCKED, which names the holder: another
     * process holds the lock, and nothing was done. */
    enum err (*here)(void *context, struct error *error);
    /* Reads the answer of an owner that has done it; may be NULL. */
    enum err (*answered)(void *context, const json_t *answer, struct error *error);
    void *context;
};

/* Returns once it is done or has failed. `*ret_asked`, unless NULL: the last try was the owner's. */
MUST_CHECK enum err owner_do(const struct owner_action *action, bool *ret_asked,
                             struct error *error);

/* GET /status of the role whose process holds the lock of `file`. ERR_NOT_RUNNING: certainly no process
 * listens on its socket, and none holds the lock. ERR_UNREACHABLE: a process holds the lock or may hold
 * it, but no answer came within three seconds. `error` must not be NULL. */
MUST_CHECK enum err owner_read_status(const char *data_directory, const char *role,
                                      const char *file, json_t **ret_status, struct error *error);
