/* Operator actions on a file that one process at a time may write. If no process owns the file, the action
 * runs in this process; otherwise the owner is asked over its control socket until it has done it.
 *
 * One policy for all actions:
 *   not yet    ERR_NOT_READY: the owner is working on the action; asked again without a limit of time.
 *              ERR_BUSY, ERR_QUEUE_FULL, ERR_INTERRUPTED, ERR_STOPPING, or no answer: tried again for
 *              30 seconds, beginning with the lock, so that the action runs here if the owner ends
 *   final      every other answer, and every other failure in this process
 *   no answer  the owner may have carried out the action; a later error says so
 *   stop       a request to stop this process ends the wait: ERR_INTERRUPTED
 *
 * operations/ talks to other processes only through this file.
 */
#pragma once

#include "base/error.h"
#include "base/lock_file.h"

#include <jansson.h>

struct owner_action {
    const char *data_directory;
    const char *role, *path; /* of the owner's control socket, and the route to POST to */
    const json_t *body;      /* may be NULL */
    /* Takes the lock of the file, does the work, releases the lock. ERR_LOCKED: another process, which
     * the text names, holds the lock; nothing was done. */
    enum err (*here)(void *context, struct error *error);
    /* Reads the answer of an owner that has carried out the action; may be NULL. */
    enum err (*answered)(void *context, const json_t *answer, struct error *error);
    void *context;
};

/* Returns once the action is done or has failed. Sets `*ret_asked`, unless it is NULL, to whether the
 * owner was asked at the last try. */
MUST_CHECK enum err owner_do(const struct owner_action *action, bool *ret_asked,
                             struct error *error);

/* Finds the process that holds what a role owns: lock_file_find_holder() of a file,
 * event_store_find_writer() of a log. */
typedef enum err find_holder_fn(const char *owned, char ret_holder[LOCK_HOLDER_BYTES],
                                struct error *error);

/* GET /status of the role whose process holds `owned`. ERR_NOT_RUNNING: certainly no process
 * listens on its socket, and none holds it. ERR_UNREACHABLE: a process holds it or may hold
 * it, but no answer came within three seconds. `error` must not be NULL. */
MUST_CHECK enum err owner_read_status(const char *data_directory, const char *role,
                                      find_holder_fn *find_holder, const char *owned,
                                      json_t **ret_status, struct error *error);
