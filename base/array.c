#include "base/array.h"

#include "base/error.h"

#include <stdlib.h>

#define CAPACITY_FIRST 8

void *array_grow(void *at, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return at;
    *capacity = *capacity ? 2 * *capacity : CAPACITY_FIRST;
    at = reallocarray(at, *capacity, item_bytes);
    REQUIRE(at);
    return at;
}
