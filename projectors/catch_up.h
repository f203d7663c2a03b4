/* Applies the log to a generation up to a position, for rebuilds, cutovers and checks. Commits after tens
 * of thousands of events, and at least once a second.
 */
#pragma once

#include "base/progress.h"
#include "projectors/projection.h"

struct catch_up {
    const char *log_url;
    int64_t to;            /* the position to reach */
    progress_fn *progress; /* may be NULL */
    void *context;
};

/* ERR_INTERRUPTED if progress returned false: the events applied so far are committed. ERR_OTHER_LOG if the
 * generation's checkpoint is not of this log, or the log ends before `to`. */
MUST_CHECK enum err catch_up_run(const struct catch_up *catch_up, struct projection *projection,
                                 struct error *error);

/* The same for several generations in one pass over the log, which begins after the lowest checkpoint of
 * them; each generation receives the events after its checkpoint. */
MUST_CHECK enum err catch_up_run_all(const struct catch_up *catch_up,
                                     struct projection *const *projections, size_t count,
                                     struct error *error);
