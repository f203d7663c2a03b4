/* A worker for one read model: waits for the model's lock, then keeps its served generation
 * current.
 *
 * Several models in one process are several workers, a thread each. A worker that finds no file
 * builds the first generation; one that finds its definition changed goes on with the old
 * generation while the new one is built beside it. Other threads ask for cutovers and repairs, which the
 * worker does between two transactions. While it holds the lock it answers on the model's control socket,
 * DATA/run/projector-<model>.sock; operations/ is the side that asks.
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
    bool force; /* take a definition that was superseded before */
    const char
        *metrics_listen; /* ADDR:PORT of the process's metrics while it holds the lock, or NULL */
};

/* Starts the worker's thread. It runs until a stop is requested or it meets an error of class STOP.
 */
MUST_CHECK enum err projector_start(const struct projector_options *options,
                                    struct projector **ret_projector, struct error *error);

/* Asks this worker alone to end; returns at once. */
void projector_stop(struct projector *projector);

/* Waits for its end; its error, if it ended by one. */
MUST_CHECK enum err projector_join(struct projector *projector, struct error *error);

/* Stops it if it still runs. */
void projector_destroy(struct projector *projector);
AUTO_CLOSE(projector, struct projector, projector_destroy)

/* What it does, for readiness, status and tests. Any thread. */
enum projector_phase {
    PROJECTOR_STARTING, /* nothing is done yet, perhaps because of an error that may pass */
    PROJECTOR_WAITING,  /* another process holds the model's lock */
    PROJECTOR_BUILDING, /* nothing is fit to serve: it builds before it follows the log */
    PROJECTOR_WORKING,  /* it applies events to the generation that serves */
    PROJECTOR_ENDED,
};
struct projector_status {
    const char *model;
    enum projector_phase phase;
    int64_t generation, position; /* what it serves, 0 if nothing yet */
    int64_t parked;               /* streams */
    bool rebuilding;              /* in the background */
};
void projector_status(const struct projector *projector, struct projector_status *ret_status);
const char *projector_phase_name(enum projector_phase phase);

/* The rest is asked for here and done by the worker. Each returns at once: ERR_BUSY until the
 * worker begins it and ERR_NOT_READY until it is done, so ask again; then OK or the error it ended
 * with. */

/* Serve generation `number`, which a builder left READY. */
MUST_CHECK enum err projector_cutover(struct projector *projector, int64_t number,
                                      struct error *error);

/* Try the parked events of a stream again. ERR_POISON: it still cannot be applied. */
MUST_CHECK enum err projector_retry(struct projector *projector, const char *stream,
                                    struct error *error);

/* Do without the stream's poison event, which must be the one at `position`, and go on behind it.
 */
MUST_CHECK enum err projector_skip(struct projector *projector, const char *stream,
                                   int64_t position, const char *reason, struct error *error);

/* Remove the generations before the one that serves. */
MUST_CHECK enum err projector_prune(struct projector *projector, struct error *error);

/* Begins a rebuild in the background; OK at once. ERR_LOCKED if one runs. */
MUST_CHECK enum err projector_rebuild(struct projector *projector, struct error *error);
