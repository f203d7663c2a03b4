/* A worker for one read model: waits for the model's lock, then keeps its served generation
 * current.
 *
 * Several models in one process are several workers, a thread each. A worker that finds no file
 * builds the first generation; one that finds its definition changed goes on with the old
 * generation and has the new one built beside it.
 */
#pragma once

#include "base/cleanup.h"
#include "bus/bus_url.h"
#include "read_model/models.h"

struct projector;

struct projector_options {
    const char *data_directory;
    const struct bus_url *bus;
    const struct catalogue *catalogue;
    const struct model *model;
    bool force; /* take a definition that was superseded before */
};

/* Starts the worker's thread. It runs until a stop is requested or it meets an error of class STOP.
 */
MUST_CHECK enum err projector_start(const struct projector_options *options,
                                    struct projector **ret_projector, struct error *error);

/* Waits for its end; its error, if it ended by one. */
MUST_CHECK enum err projector_join(struct projector *projector, struct error *error);
void projector_destroy(struct projector *projector);
AUTO_CLOSE(projector, struct projector, projector_destroy)

/* True while it holds the lock and applies events. Any thread. */
bool projector_is_working(const struct projector *projector);
int64_t projector_position(const struct projector *projector);

/* From the control socket: take over generation `number`, which a builder left READY. Returns at
 * once; the worker does it between two transactions. `rebuild_handed_over()` tells when it is done.
 */
MUST_CHECK enum err projector_hand_over(struct projector *projector, int64_t number,
                                        struct error *error);
