/* Arrays that grow: a struct with the members `at`, `count` and `capacity`.
 *
 *     struct { struct item *at; size_t count, capacity; } items = {0};
 *     *ARRAY_ADD(&items) = (struct item){…};
 *     free(items.at);
 *
 * Running out of memory aborts.
 */
#pragma once

#include <stddef.h>

/* Returns `at` with space for one more item than `count`; it may have moved. */
void *array_grow(void *at, size_t count, size_t *capacity, size_t item_bytes);

/* The new last item, not zeroed; valid until the next add. */
#define ARRAY_ADD(array)                                                                           \
    ((array)->at =                                                                                 \
         array_grow((array)->at, (array)->count, &(array)->capacity, sizeof *(array)->at),         \
     &(array)->at[(array)->count++])
