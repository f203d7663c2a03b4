/* JSON Pointer (RFC 6901), segment by segment. */
#pragma once

#include "base/text.h"

/* Returns the next segment of `*rest`, the text after a slash, with ~1 and ~0 unescaped in place; `*rest`
 * becomes the text after the next slash, NULL after the last segment. */
char *json_pointer_take(char **rest);

/* Adds a slash and a segment, escaped. */
void json_pointer_add(struct text *pointer, const char *segment);
