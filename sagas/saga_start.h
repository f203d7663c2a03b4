/* Starting safely: where a new store begins in the log, and whether an old one may go on. */
#pragma once

#include "sagas/saga_runner.h"
#include "sagas/saga_store.h"

/* Tells a new store where it begins; checks that of an old one every running saga's table of steps
 * is in `kinds`. `*ret_head`: where the log ends; no saga decides before it is reached, so
 * that what has happened meanwhile is known first. */
MUST_CHECK enum err saga_start(const struct saga_runner_options *options, struct saga_store *store,
                               int64_t *ret_head, struct error *error);
