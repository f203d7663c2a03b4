/* Random bytes from the kernel, for ids and seeds. Each byte is given out once.
 *
 * A thread fetches them a page at a time, because a system call for each id costs more than everything
 * else that is done to make it. A process that was forked never gives out a byte of its parent's. */
#pragma once

#include <stddef.h>

/* At most RANDOM_MOST_BYTES at once. Never fails; may wait for the kernel's generator at boot. */
#define RANDOM_MOST_BYTES 256
void random_fill(void *out, size_t bytes);
