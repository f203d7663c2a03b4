/* Bytes written as ASCII text and read back: hexadecimal and Base64 (RFC 4648), percent-encoding
 * (RFC 3986 §2.1). The writers add to `out`. A reader accepts the whole slice or returns false.
 */
#pragma once

#include "base/text.h"

/* Lower-case digits. */
void encoding_write_hex(const void *bytes, size_t length, struct text *out);
/* Reads exactly `count` bytes, in digits of either case; false if the slice is anything else. */
bool encoding_read_hex(struct slice slice, unsigned char *out, size_t count);

/* The standard alphabet with padding (§4), and the URL alphabet without (§5). */
void encoding_write_base64(struct slice bytes, struct text *out);
void encoding_write_base64_url(struct slice bytes, struct text *out);
/* Adds the decoded bytes. Accepts either alphabet, with or without padding, and only the form that
 * encoding gives: the unused bits are zero. When it returns false, `out` is unchanged. */
bool encoding_read_base64(struct slice slice, struct text *out);

/* Writes RFC 3986's unreserved characters as they are, every other byte as %XX. */
void encoding_write_percent(struct slice slice, struct text *out);
/* Adds the decoded characters. False, with part of them added, if a % is not followed by two
 * hexadecimal digits, if a byte is or decodes to NUL, or if the result is not UTF-8. '+' is a space
 * only with `plus_is_space` (forms and query strings). */
bool encoding_read_percent(struct slice slice, bool plus_is_space, struct text *out);
