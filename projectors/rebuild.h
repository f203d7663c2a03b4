/* Rebuilding a read model from the first event, beside the one that serves. */
#pragma once

#include "read_model/definition/models.h"

#include <stdint.h>

/* Called about ten times a second. False stops the rebuild: the new file stays and is gone on with
 * the next time. */
typedef bool rebuild_progress_fn(void *context, int64_t position, int64_t head,
                                 int64_t events_per_second);

struct rebuild_options {
    const char *data_directory;
    const struct model *model;
    rebuild_progress_fn *progress; /* may be NULL */
    void *context;
    bool force; /* take a definition that was superseded before */
};

/* Builds the next generation up to the head and has it served: by the worker that holds the model's
 * lock if there is one (asked over its control socket), else by itself. ERR_LOCKED if another
 * rebuild of the model runs. `*ret_position`: where it is. */
MUST_CHECK enum err rebuild_run(const struct rebuild_options *options, int64_t *ret_position,
                                struct error *error);

/* The same of several models, which share one pass over the log; each is handed over when all are
 * built. The options' model is not used. `*ret_position`: where the one least far is. */
MUST_CHECK enum err rebuild_run_all(const struct rebuild_options *options,
                                    const struct model *const *models, size_t count,
                                    int64_t *ret_position, struct error *error);

/* Builds a throw-away generation up to the live one's position, from the definition that one was
 * built from, and compares them. OK: equal. ERR_FAILED: the first row that differs. ERR_NOT_READY:
 * nothing serves yet. `remarks` gets a line for each stream that is parked and event that is
 * skipped (the first REBUILD_REMARKS_MOST of each), for they may be why. */
#define REBUILD_REMARKS_MOST 100
MUST_CHECK enum err rebuild_check(const struct rebuild_options *options, int64_t *ret_position,
                                  struct text *remarks, struct error *error);
