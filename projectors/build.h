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
