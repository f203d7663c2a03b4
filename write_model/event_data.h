/* Reads members of an event's data. A member that is missing or out of bounds is ERR_CORRUPT, because the
 * desk stores no event that breaks its schema (decision_check() in aggregate.h).
 */
#pragma once

#include "base/error.h"

#include <jansson.h>
#include <stdint.h>

/* The text belongs to `data`. */
MUST_CHECK enum err event_data_text(const json_t *data, const char *member, const char **ret_text,
                                    struct error *error);

/* An integer between `least` and `most`. */
MUST_CHECK enum err event_data_int(const json_t *data, const char *member, int64_t least,
                                   int64_t most, int64_t *ret_number, struct error *error);
