/* What is held is known only when a page has been read, so two workers can exceed the bound by a
 * page. */
#include "api/page_memory.h"

#define HELD_MOST_BYTES  ((size_t)16 * 1024 * 1024)
#define PAGE_LEAST_BYTES ((size_t)64 * 1024)

size_t page_memory_limit(const struct page_memory *memory, size_t own_bytes)
{
    size_t others_bytes = atomic_load(&memory->held_bytes) - own_bytes;
    size_t left = others_bytes < HELD_MOST_BYTES ? HELD_MOST_BYTES - others_bytes : 0;
    return left / 4 > PAGE_LEAST_BYTES ? left / 4 : PAGE_LEAST_BYTES;
}

void page_memory_hold(struct page_memory *memory, size_t *own_bytes, size_t bytes)
{
    atomic_fetch_add(&memory->held_bytes, bytes - *own_bytes); /* may wrap around: a difference */
    *own_bytes = bytes;
}
