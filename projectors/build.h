/* Builds a generation that does not serve yet, beside the one that does, up to the head of the log.
 *
 * It is written without fsync, in large transactions, its late indexes last; only complete is it
 * made durable and READY. What an earlier build left is gone on with if it is of the same
 * definition, of this log, and the machine was not booted since; else it is removed.
 */
#pragma once

#include "projectors/rebuild.h"

/* *ret_number: the generation, READY and closed. Holds the rebuild lock meanwhile: ERR_LOCKED if
 * another rebuild runs. ERR_DEFINITION if the definition was superseded before and not forced.
 * ERR_INTERRUPTED if progress said so. */
MUST_CHECK enum err build_run(const struct rebuild_options *options, int64_t *ret_number,
                              struct error *error);

/* Builds several models in one pass over the log: of all in ret_numbers, or none. The options'
 * model is not used. */
MUST_CHECK enum err build_run_all(const struct rebuild_options *options,
                                  const struct model *const *models, size_t count,
                                  int64_t *ret_numbers, struct error *error);
