/* Repairing a parked stream, for tasks: by the worker that holds the model if there is one, else
 * here.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

struct repair {
    const char *data_directory, *model;
    const char *stream; /* "account/ACC-1" */
};

/* Tries what is parked of the stream again, in order. OK: all of it is applied. ERR_POISON: an
 * event still cannot be, and why. ERR_NOT_FOUND if the stream is not parked. */
MUST_CHECK enum err repair_retry(const struct repair *repair, struct error *error);

/* Does without the stream's poison event, which must be the one at `position`, in this and all
 * later generations, and goes on behind it; errors as of repair_retry(). */
MUST_CHECK enum err repair_skip(const struct repair *repair, int64_t position, const char *reason,
                                struct error *error);
