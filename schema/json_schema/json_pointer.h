/* JSON Pointer (RFC 6901): its segments, read and written one after another. */
#pragma once

#include "base/text.h"

/* Cuts the next segment off `*rest` (what follows a slash), undoing ~1 and ~0 in place; `*rest` is
 * what follows the next slash, NULL after the last segment. */
char *json_pointer_take(char **rest);

/* Adds a slash and a segment, escaped. */
void json_pointer_add(struct text *pointer, const char *segment);
