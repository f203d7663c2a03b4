/* Checks that a read model is a function of the log. */
#pragma once

#include "base/text.h"
#include "projectors/generation_build.h"

#define REBUILD_REMARKS_MOST 100

/* Builds a temporary generation up to the position of the one that serves, from the definition that
 * one was built from, and compares the two. OK: equal. ERR_FAILED: the first row that differs.
 * ERR_NOT_READY: nothing serves yet. `remarks` gets a line for each parked stream and each skipped
 * event (the first REBUILD_REMARKS_MOST of each), which may be the reason for a difference. */
MUST_CHECK enum err rebuild_check(const struct build_options *options, const char *model,
                                  int64_t *ret_position, struct text *remarks, struct error *error);
