/* Base64 (RFC 4648): the standard alphabet with padding (§4), and the one for URLs without (§5). */
#pragma once

#include "base/text.h"

void base64_encode(struct slice bytes, struct text *out);
void base64_encode_url(struct slice bytes, struct text *out);

/* Adds what the slice decodes to; either alphabet, with or without padding. False, and `out` as it
 * was, if it is anything else (also if bits are left over that are not zero). */
bool base64_decode(struct slice text, struct text *out);
