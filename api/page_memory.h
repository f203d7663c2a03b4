/* The memory of the log's pages that clients are still taking, all together: the more there is of
 * it, the smaller the next page. So any number of slow clients costs little more than the bound,
 * and nobody is refused; a page may always end before its limit of events. Any thread.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

struct page_memory {
    atomic_size_t held_bytes;
};

/* How many bytes a page may have that holds `own_bytes` already: a quarter of what is left of 16
 * MiB, but at least 64 KiB. */
size_t page_memory_limit(const struct page_memory *memory, size_t own_bytes);

/* The page that held *own_bytes holds so many now; 0: it is gone. */
void page_memory_hold(struct page_memory *memory, size_t *own_bytes, size_t bytes);
