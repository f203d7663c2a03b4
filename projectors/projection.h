/* One generation of a read model, open for writing, with its parked streams. Workers, rebuilds, cutovers
 * and checks apply events to it. The caller holds the lock that permits writing it. Belongs to one
 * thread.
 */
#pragma once

#include "projectors/dead_letters.h"
#include "projectors/step_limits.h"
#include "read_model/store/model_store.h"

struct projection {
    struct model_store *store;
    struct dead_letters *letters;
    struct checkpoint checkpoint; /* committed */
    char definition[80];          /* the hash of the definition it was built from */
    struct error poison;          /* why the last parked event could not be applied */
    struct step_limits limits;
    bool repairing; /* parked events are tried again on request */
    bool stale;     /* `letters` must be read again before the next transaction */
};

/* A new file at `path`, state BUILDING, nothing applied. */
MUST_CHECK enum err projection_create(const char *path, const struct model *model,
                                      struct projection **ret_projection, struct error *error);

/* ERR_NOT_FOUND if the file does not exist. */
MUST_CHECK enum err projection_open(const char *path, enum db_durability durability,
                                    struct projection **ret_projection, struct error *error);
void projection_close(struct projection *projection);
AUTO_CLOSE(projection, struct projection, projection_close)

struct db *projection_db(struct projection *projection);

MUST_CHECK enum err projection_begin(struct projection *projection, struct error *error);

/* Applies the event, or parks it: a poison event is not an error here. Other errors: roll back. ERR_STEP_LIMIT:
 * roll back and run the transaction again, from the checkpoint; the event that takes too many steps,
 * or runs out of memory in several tries, is then parked. */
MUST_CHECK enum err projection_apply(struct projection *projection, const struct event *event,
                                     struct error *error);
MUST_CHECK enum err projection_commit(struct projection *projection,
                                      const struct checkpoint *checkpoint, struct error *error);
void projection_rollback(struct projection *projection);

/* Tries the parked events of a stream again, in order, in one transaction, until it is all applied or
 * an event fails again. *ret_free: nothing of it is parked any more; else `poison` says why.
 * ERR_NOT_FOUND if the stream is not parked. */
MUST_CHECK enum err projection_retry(struct projection *projection, struct slice stream,
                                     bool *ret_free, struct error *error);

/* Skips the stream's poison event, for `reason`, then continues like projection_retry(). ERR_NOT_FOUND
 * if the event at `position` is not that one, so that a repeated request skips no other event. */
MUST_CHECK enum err projection_skip(struct projection *projection, struct slice stream,
                                    int64_t position, const char *reason, bool *ret_free,
                                    struct error *error);

/* After events were skipped in the generation before: frees streams that are parked because of one of
 * these events. */
MUST_CHECK enum err projection_take_skips(struct projection *projection, struct error *error);
