/* Work on a read model's files, for tasks: done here under the model's lock if nobody holds it,
 * else by the worker that does, asked over its control socket until it has done it.
 */
#pragma once

#include "base/error.h"

typedef enum err holder_fn(void *context, struct error *error);

struct holder_work {
    const char *data_directory, *model;
    const char *who; /* for the lock: "annal dead-letters" */
    holder_fn *here; /* the caller of it holds the lock */
    holder_fn *ask;  /* an error of class RETRY: not done yet */
    void *context;
};

/* ERR_UNREACHABLE or ERR_NOT_READY if the holder has not done it after half a minute. */
MUST_CHECK enum err holder_do(const struct holder_work *work, struct error *error);
