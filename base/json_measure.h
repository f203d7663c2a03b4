/* What JSON text would be as a tree, found in one pass before any tree is built. */
#pragma once

#include "base/slice.h"

struct json_measure {
    size_t depth;      /* deepest nesting of objects and arrays */
    size_t values;     /* objects, arrays, strings, numbers and literals; names are not counted */
    size_t tree_bytes; /* upper bound of the memory of jansson's tree, with glibc's malloc */
};

/* Reads each byte once and never outside the slice. Text that is not JSON has a measure too. */
struct json_measure json_measure(struct slice text);
