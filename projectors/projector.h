/* A worker for one read model: waits for the model's lock, then keeps the generation that serves current.
 *
 * The files of projectors/, from the top:
 *
 *   projector.c           the thread, the lock, the control socket, requests of other threads
 *   worker.c              the work of the thread: opens or builds a generation, then follows the log
 *     worker_requests.c   between two transactions: cutover, retry, skip, prune
 *     worker_build.c      a build in the background, for a rebuild or a changed definition
 *   rebuild_check.c       `annal check`: a temporary generation, compared with the one that serves
 *   cutover.c             makes a built generation the one that serves
 *   generation_build.c    builds generations up to the head of the log
 *   catch_up.c            applies the log to generations; feed.c reads it ahead
 *   projection.c          one generation, open for writing: applies an event or parks its stream
 *     step_limits.c       events whose statements took too many steps or ran out of memory
 *     dead_letters.c      parked streams and skipped events; dead_letters_list.c reads them
 *     lineage.c           definitions that served before, and the boot of a build
 *
 *     subscription --> worker ----------------+--> projection --> read_model/store
 *     log --> feed --> catch_up --> build ----+
 *
 * Several models in one process are several workers, a thread each. A worker that finds no file builds
 * the first generation; one that finds its definition changed continues with the old generation while
 * the new one is built in the background. Other threads request cutovers and repairs, which the worker
 * carries out between two transactions. While it holds the lock it answers on the model's control socket,
 * DATA/run/projector-<model>.sock; operations/ is its client.
 */
#pragma once

#include "base/text.h"
#include "bus/bus_url.h"
#include "read_model/definition/models.h"

struct projector;

/* "projector-<model>": the role of its control socket. */
void projector_role(const char *model, struct text *out);

/* Borrowed until projector_destroy(). */
struct projector_options {
    const char *data_directory;
    const char *log_url;
    const struct bus_url *bus;
    const struct model *model;
    bool force; /* accept a definition that was superseded before */
    const char
        *metrics_listen; /* ADDR:PORT of the process's metrics while it holds the lock, or NULL */
};

/* Starts the worker's thread. It runs until a stop is requested or it meets an error of class STOP.
 */
MUST_CHECK enum err projector_start(const struct projector_options *options,
                                    struct projector **ret_projector, struct error *error);

/* Requests the end of this worker alone; returns at once. */
void projector_stop(struct projector *projector);

/* Waits until it has ended; returns the error that ended it, if any. */
MUST_CHECK enum err projector_join(struct projector *projector, struct error *error);

/* Stops it if it still runs. */
void projector_destroy(struct projector *projector);
AUTO_CLOSE(projector, struct projector, projector_destroy)

/* The state of the worker, for readiness, status and tests. Any thread. */
enum projector_phase {
    PROJECTOR_STARTING, /* not at work yet, or waiting to try again after an error */
    PROJECTOR_WAITING,  /* another process holds the model's lock */
    PROJECTOR_BUILDING, /* no generation can serve: it builds one before it follows the log */
    PROJECTOR_WORKING,  /* it applies events to the generation that serves */
    PROJECTOR_ENDED,
};
struct projector_status {
    const char *model;
    enum projector_phase phase;
    int64_t generation, position; /* of the generation that serves; 0 if none serves yet */
    int64_t parked;               /* streams */
    bool rebuilding;              /* in the background */
};
void projector_status(const struct projector *projector, struct projector_status *ret_status);
const char *projector_phase_name(enum projector_phase phase);

/* Requests that the worker carries out. Each call returns at once: ERR_BUSY until the worker begins it
 * and ERR_NOT_READY until it is done; then repeat the call. After that, OK or the error it ended with. */

/* Serve generation `number`, which a builder left READY. */
MUST_CHECK enum err projector_cutover(struct projector *projector, int64_t number,
                                      struct error *error);

/* Try the parked events of a stream again. ERR_POISON: it still cannot be applied. */
MUST_CHECK enum err projector_retry(struct projector *projector, const char *stream,
                                    struct error *error);

/* Skip the stream's poison event, which must be the one at `position`, and apply those after it. */
MUST_CHECK enum err projector_skip(struct projector *projector, const char *stream,
                                   int64_t position, const char *reason, struct error *error);

/* Remove the generations before the one that serves. */
MUST_CHECK enum err projector_prune(struct projector *projector, struct error *error);

/* Begins a rebuild in the background and returns at once. ERR_LOCKED if one runs. */
MUST_CHECK enum err projector_rebuild(struct projector *projector, struct error *error);
