/* UTF-8 (RFC 3629): well-formed means no surrogates, no overlong forms, no code point over U+10FFFF. */
#pragma once

#include "base/slice.h"

bool utf8_is_valid(struct slice slice);

/* Replaces each byte that is not part of a well-formed character by '?', in place. */
void utf8_repair(char *string);

/* The longest beginning of the slice that has at most `bytes` bytes and ends between two characters. */
struct slice utf8_cut(struct slice slice, size_t bytes);

/* Copies the slice into an array of `bytes` bytes, cut like utf8_cut() so that it ends with a NUL. */
void utf8_copy(struct slice slice, char *out, size_t bytes);
