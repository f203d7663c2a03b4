/* Taking header values apart. */
#pragma once

#include "base/slice.h"

/* Without the spaces and tabs around it. */
struct slice header_value_trim(struct slice text);

/* The part of *rest before the first `separator`, trimmed; *rest becomes what is behind it. */
struct slice header_value_take(struct slice *rest, char separator);

/* Equal, ignoring ASCII case. */
bool header_value_is(struct slice text, const char *word);

#define HEADER_VALUE_QUALITY_MOST 1000

/* The weight among parameters separated by ';' ("level=1;q=0.25") in thousandths (RFC 9110
 * §12.4.2); the most if there is none, or what is given is none. */
int header_value_quality(struct slice parameters);
