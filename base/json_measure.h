/* Measures JSON text in one pass, before a tree is built from it. */
#pragma once

#include "base/slice.h"

struct json_measure {
    size_t depth;      /* deepest nesting of objects and arrays */
    size_t values;     /* objects, arrays, strings, numbers and literals; names are not counted */
    size_t tree_bytes; /* upper bound of the memory of jansson's tree, with glibc's malloc */
};

/* Reads each byte once and never outside the slice. Text that is not JSON is measured too. */
struct json_measure json_measure(struct slice text);
