/* Text that grows, and questions about text. A `struct text` zeroed is empty and valid; `at` is
 * always NUL-terminated once anything was added. Running out of memory aborts.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>

struct text {
    char *at;
    size_t length, capacity;
};

void text_finish(struct text *text);
AUTO_FINISH(text, struct text, text_finish)

/* Forgets the content, keeps the memory. */
void text_clear(struct text *text);

/* Makes room for `bytes` more and the closing NUL; returns where they go. */
char *text_reserve(struct text *text, size_t bytes);

/* Gives back the memory beyond its length. */
void text_fit(struct text *text);

void text_add(struct text *text, const char *string);
void text_add_slice(struct text *text, struct slice slice);
void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_add_char(struct text *text, char c);
void text_add_int(struct text *text, int64_t number);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds the slice as a JSON string with its quotes (RFC 8259). The slice must be valid UTF-8. */
void text_add_json_string(struct text *text, struct slice slice);

/* Adds `length` bytes as lower-case hexadecimal. */
void text_add_hex(struct text *text, const unsigned char *bytes, size_t length);

/* Hands the buffer to the caller, who frees it; the text is empty afterwards. Never NULL. */
char *text_take(struct text *text);

static inline struct slice text_slice(const struct text *text)
{
    return (struct slice){text->at ? text->at : "", text->length};
}

/* True if the bytes are well-formed UTF-8 (RFC 3629): no surrogates, nothing over U+10FFFF. */
bool text_is_utf8(struct slice slice);
/* Replaces each byte that is not part of a well-formed character by '?', in place. */
void text_make_utf8(char *string);

/* The beginning of the slice, at most `bytes` long, that cuts no character in two. */
struct slice text_cut(struct slice slice, size_t bytes);

/* Percent-decodes (RFC 3986 §2.1) onto `out`. False, nothing promised of `out`, if a % is not
 * followed by two hexadecimal digits, a byte is or decodes to NUL, or the result is not UTF-8. A
 * '+' stays what it is unless `plus_is_space` (forms and query strings). */
bool text_percent_decode(struct slice slice, bool plus_is_space, struct text *out);

/* Adds the slice percent-encoded: all but RFC 3986's unreserved characters. */
void text_percent_encode(struct slice slice, struct text *out);

/* Reads `count` bytes of hexadecimal; false if the slice is not exactly that. */
bool text_read_hex(struct slice slice, unsigned char *out, size_t count);

/* Reads the whole slice as a decimal integer; false if it is none or does not fit. */
bool text_read_int(struct slice slice, int64_t *ret_number);

/* The candidate nearest to `word` by edit distance, or NULL if none is near enough to be worth
 * suggesting. */
const char *text_nearest(struct slice word, const char *const *candidates, size_t count);

/* True if `text` matches `pattern`, in which '*' stands for any run of characters. */
bool text_matches(struct slice text, struct slice pattern);
