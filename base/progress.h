/* Progress of long work over the log: verification, a rebuild, a check. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Called about ten times a second, from the thread that works: everything up to `position` is done,
 * and `head` is where the work ends. Returns false to stop: the function then ends with
 * ERR_INTERRUPTED; committed work is kept. */
typedef bool progress_fn(void *context, int64_t position, int64_t head);
