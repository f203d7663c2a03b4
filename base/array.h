/* Arrays that grow: a struct with the members `at`, `count` and `capacity`.
 *
 *     struct { struct item *at; size_t count, capacity; } items = {0};
 *     *ARRAY_ADD(&items) = (struct item){…};
 *     free(items.at);
 *
 * Running out of memory aborts.
 */
#pragma once

#include "base/error.h"

#include <stdlib.h>

#define ARRAY_CAPACITY_FIRST 8

/* Returns `at` with space for one more item than `count`; it may have moved. */
static inline void *array_grow(void *at, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return at;
    *capacity = *capacity ? 2 * *capacity : ARRAY_CAPACITY_FIRST;
    at = reallocarray(at, *capacity, item_bytes);
    REQUIRE(at);
    return at;
}

/* The new last item, not zeroed; valid until the next add. */
#define ARRAY_ADD(array)                                                                           \
    ((array)->at =                                                                                 \
         array_grow((array)->at, (array)->count, &(array)->capacity, sizeof *(array)->at),         \
     &(array)->at[(array)->count++])
