/* What the files of `annal dead-letters` share. */
#pragma once

#include "cli/options.h"
#include "projectors/dead_letters_list.h"

/* Opens the generation that serves, for reading. ERR_NOT_FOUND if nothing serves yet. */
MUST_CHECK enum err dead_letters_open_serving(const char *data, const char *model,
                                              struct db **ret_db, struct error *error);

/* The actions, with the model named by the word behind them. */
MUST_CHECK enum err dead_letters_show_run(const struct options *options, const char *model,
                                          struct error *error);
MUST_CHECK enum err dead_letters_retry_run(const struct options *options, const char *model,
                                           struct error *error);
MUST_CHECK enum err dead_letters_skip_run(const struct options *options, const char *model,
                                          struct error *error);

/* A parked stream for people, or as JSON: one line. */
void dead_letters_print(const char *model, const struct dead_letter *letter, bool json);
