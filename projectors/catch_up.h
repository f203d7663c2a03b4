/* Applies the log to a generation up to a position: a COMMIT for tens of thousands of events, at
 * least one a second. What a rebuild, a cutover and a check have in common.
 */
#pragma once

#include "base/progress.h"
#include "projectors/projection.h"

struct catch_up {
    const char *log_url;
    int64_t to;            /* position to be at afterwards */
    progress_fn *progress; /* may be NULL */
    void *context;
};

/* ERR_INTERRUPTED if progress said so: what was applied so far is committed. ERR_OTHER_LOG if the
 * generation's checkpoint is not of this log, or the log ends before `to`. */
MUST_CHECK enum err catch_up_run(const struct catch_up *catch_up, struct projection *projection,
                                 struct error *error);

/* The same of several generations in one pass over the log, which begins behind the one that is
 * least far: each is given the events it has not had. */
MUST_CHECK enum err catch_up_run_all(const struct catch_up *catch_up,
                                     struct projection *const *projections, size_t count,
                                     struct error *error);
