/* Text that grows. A zeroed `struct text` is empty and valid; once anything was added, `at` is
 * NUL-terminated. Running out of memory aborts.
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

/* Empties the text; the memory stays allocated. */
void text_clear(struct text *text);

/* Makes the capacity larger than length + bytes. */
void text_grow(struct text *text, size_t bytes);

/* Allocates space for `bytes` more and the closing NUL; returns the address where they go. */
static inline char *text_reserve(struct text *text, size_t bytes)
{
    if (text->capacity - text->length <= bytes)
        text_grow(text, bytes);
    return text->at + text->length;
}

/* Frees the memory beyond the length. */
void text_fit(struct text *text);

/* Inline, because JSON is written through them in many small parts. */
static inline void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    char *to = text_reserve(text, length);
    if (length)
        memcpy(to, bytes, length);
    to[length] = '\0';
    text->length += length;
}

static inline void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

static inline void text_add_slice(struct text *text, struct slice slice)
{
    text_add_bytes(text, slice.at, slice.length);
}

static inline void text_add_char(struct text *text, char c)
{
    text_add_bytes(text, &c, 1);
}

void text_add_int(struct text *text, int64_t number);

/* Writes the number and a NUL; returns the number of digits, with the sign. */
#define TEXT_INT_BYTES 21
size_t text_write_int(int64_t number, char out[TEXT_INT_BYTES]);
void text_printf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* Returns the buffer, which the caller frees, and empties the text. Never NULL. */
char *text_take(struct text *text);

static inline struct slice text_slice(const struct text *text)
{
    return (struct slice){text->at ? text->at : "", text->length};
}
