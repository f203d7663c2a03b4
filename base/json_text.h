/* JSON written straight to a text, member by member, for answers of which no tree is needed.
 *
 * A comma is written where one is needed: the text itself tells, for what is written so far ends
 * with a bracket that was just opened, a colon or a line's end, or with a whole value. Names are
 * literals without anything to escape; NULL in their place is an element of an array.
 */
#pragma once

#include "base/text.h"

/* Adds the slice as a JSON string with its quotes (RFC 8259). The slice must be valid UTF-8. */
void json_text_quote(struct text *out, struct slice slice);

/* The comma before an element, if it is not the first; for values that are written otherwise. */
void json_text_next(struct text *out);
/* Likewise, and the name with its colon. */
void json_text_name(struct text *out, const char *name);

/* `bracket` is '{' or '['; the caller closes it with text_add(). */
void json_text_begin(struct text *out, const char *name, char bracket);

void json_text_string(struct text *out, const char *name, struct slice value);
void json_text_int(struct text *out, const char *name, int64_t value);
void json_text_bool(struct text *out, const char *name, bool value);

/* A string that is put together as by printf. */
void json_text_format(struct text *out, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);
