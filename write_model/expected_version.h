/* Which version a stream must be at for a command or an event to be accepted. */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>

#define EXPECT_ANY       (-1)      /* whatever it is */
#define EXPECT_NO_STREAM 0         /* it must not exist */
#define EXPECT_STREAM    (-2)      /* it must exist */
#define EXPECT_NEVER     INT64_MAX /* a version it cannot have */
/* any other: exactly this version */

/* ERR_WRONG_VERSION if a stream at `version` (0: it does not exist) is not as expected. */
MUST_CHECK enum err expected_version_check(struct slice stream, int64_t expected, int64_t version,
                                           struct error *error);
