/* A borrowed run of bytes: not NUL-terminated, never owned. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *at;
    size_t length;
};

/* For printf: printf("%.*s", SLICE(s)). */
#define SLICE(s) (int)(s).length, (s).at

static inline struct slice slice_of(const char *string)
{
    return (struct slice){string, string ? strlen(string) : 0};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static inline bool slice_is(struct slice a, const char *string)
{
    return slice_equal(a, slice_of(string));
}

/* Reads the whole slice as a decimal integer with an optional '-'; false if it is not one or does
 * not fit. */
bool slice_read_int(struct slice slice, int64_t *ret_number);

/* True if the slice matches `pattern`, in which '*' stands for any number of any characters. */
bool slice_matches(struct slice slice, struct slice pattern);

/* The candidate nearest to `word` by edit distance, for "did you mean …?"; letters match in either
 * case. NULL if none is near enough to suggest. */
const char *slice_nearest(struct slice word, const char *const *candidates, size_t count);
