/* What the files of `annal schema` share. */
#pragma once

#include "cli/options.h"

/* One per action; the options' first argument is its name. */
MUST_CHECK enum err schema_validate_run(const struct options *options, struct error *error);
MUST_CHECK enum err schema_check_run(const struct options *options, struct error *error);
MUST_CHECK enum err schema_consumers_run(const struct options *options, struct error *error);
