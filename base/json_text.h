/* Writes JSON to a text member by member, without building a tree.
 *
 * A comma is written unless the text ends with an opening bracket, a colon or a line break. Names are
 * literals that need no escape; NULL as the name writes an element of an array.
 */
#pragma once

#include "base/text.h"

/* Adds the slice as a JSON string with its quotes (RFC 8259). The slice must be valid UTF-8. */
void json_text_quote(struct text *out, struct slice slice);

/* The comma before an element, if one is needed; for values that other functions write. */
void json_text_next(struct text *out);
/* The same, and the name with its colon. */
void json_text_name(struct text *out, const char *name);

/* `bracket` is '{' or '['; the caller closes it with text_add(). */
void json_text_begin(struct text *out, const char *name, char bracket);

void json_text_string(struct text *out, const char *name, struct slice value);
/* A string of two parts that need no escape, such as ids and times. */
void json_text_plain(struct text *out, const char *name, const char *prefix, struct slice rest);
void json_text_int(struct text *out, const char *name, int64_t value);
void json_text_bool(struct text *out, const char *name, bool value);

/* A string that is formatted as by printf. */
void json_text_format(struct text *out, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);
