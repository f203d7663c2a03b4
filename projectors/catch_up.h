/* Applies the log to generations up to a position, for rebuilds, cutovers and checks. Commits after tens
 * of thousands of events, and at least once a second.
 *
 * A thread reads the log, verifies it and gives batches of events (feed.h); the generations share each
 * batch: a team of threads applies it to all of them, then takes the next one. So a generation's
 * events are applied in order, and memory is bounded by the batches of the feed.
 */
#pragma once

#include "base/progress.h"
#include "base/team.h"
#include "projectors/projection.h"

struct catch_up {
    const char *log_url;
    int64_t to;            /* the position to reach */
    struct team *team;     /* NULL: the calling thread alone */
    progress_fn *progress; /* may be NULL; called from the calling thread */
    void *context;
};

/* ERR_INTERRUPTED if progress returned false: the events applied so far are committed. ERR_OTHER_LOG if the
 * generation's checkpoint is not of this log, or the log ends before `to`. */
MUST_CHECK enum err catch_up_run(const struct catch_up *catch_up, struct projection *projection,
                                 struct error *error);

/* One of several generations. */
struct catch_up_target {
    struct projection *projection;
    enum err err; /* OK unless this one has failed; then `error` says why */
    struct error error;
};

/* The same for several generations in one pass over the log, which begins after the lowest checkpoint of
 * them; each generation receives the events after its checkpoint. One that fails is rolled back, and the
 * others continue without it, as without those that have failed before: the function returns only
 * what ended the pass for all. */
MUST_CHECK enum err catch_up_run_all(const struct catch_up *catch_up,
                                     struct catch_up_target *const *targets, size_t count,
                                     struct error *error);
