/* A borrowed run of bytes: not NUL-terminated, never owned. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
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
