/* Taking header values apart. */
#pragma once

#include "base/slice.h"

/* Without the spaces and tabs around it. */
struct slice header_value_trim(struct slice text);

/* The part of *rest before the first `separator`, trimmed; *rest becomes what is behind it. */
struct slice header_value_take(struct slice *rest, char separator);

/* Equal, ignoring ASCII case. */
bool header_value_is(struct slice text, const char *word);
