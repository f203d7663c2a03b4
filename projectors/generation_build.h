/* Builds generations that do not serve yet, beside those that do, up to the head of the log.
 *
 * A generation is written without fsync, in large transactions, its late indexes last; only when it
 * is complete is it made durable and READY. An incomplete generation of an earlier build is
 * continued if it has the same definition, follows this log, and the machine was not booted since;
 * otherwise it is removed.
 */
#pragma once

#include "base/progress.h"
#include "read_model/definition/model.h"

struct build_options {
    const char *data_directory;
    const char *log_url;
    progress_fn *progress; /* may be NULL */
    void *context;
    bool force; /* accept a definition that was superseded before */
};

/* Builds `count` models in one pass over the log, on as many processors as they can use. ret_numbers[i]:
 * the generation of models[i], READY and closed; 0 if it was not built. Holds the models' rebuild
 * locks meanwhile.
 *
 * Nothing is built if one cannot begin: ERR_LOCKED: another rebuild of a model runs; ERR_DEFINITION: the
 * definition was superseded before and `force` is not set. Later, a model that fails does not stop the
 * others: they are built, and the error is that of the first that failed. ERR_INTERRUPTED: progress
 * returned false; none was built. */
MUST_CHECK enum err generation_build(const struct build_options *options,
                                     const struct model *const *models, size_t count,
                                     int64_t *ret_numbers, struct error *error);
