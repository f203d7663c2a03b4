/* Media types whose data is JSON. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>

/* True of application/json, text/json and whatever ends in +json (RFC 6839), with any parameters.
 */
bool json_media_is(struct slice media);
