/* Memory that is freed all at once. Pointers stay valid until arena_clear or arena_finish.
 * A zeroed arena is empty and valid. Running out of memory aborts.
 */
#pragma once

#include "base/cleanup.h"
#include "base/slice.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
    size_t used;                /* bytes of the newest chunk in use */
};

/* `bytes` aligned for any type; not zeroed. */
void *arena_allocate(struct arena *arena, size_t bytes);

/* A copy of the bytes, followed by a NUL that its length does not count. */
struct slice arena_copy(struct arena *arena, struct slice slice);

/* Frees everything except the newest chunk of at most 16 KiB, which is kept for the next use. */
void arena_clear(struct arena *arena);

void arena_finish(struct arena *arena);
AUTO_FINISH(arena, struct arena, arena_finish)
