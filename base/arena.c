/* A list of chunks, each twice the size of the previous one, up to a bound. */
#include "base/arena.h"

#include "base/error.h"

#include <stdalign.h>

#define FIRST_CHUNK_BYTES   ((size_t)1024) /* thousands of connections have an arena each */
#define KEPT_CHUNK_BYTES    ((size_t)16 * 1024)
#define LARGEST_CHUNK_BYTES ((size_t)1024 * 1024)

struct arena_chunk {
    struct arena_chunk *older;
    size_t bytes;
    alignas(max_align_t) char memory[];
};

static void add_chunk(struct arena *arena, size_t at_least)
{
    size_t bytes = arena->chunks ? arena->chunks->bytes * 2 : FIRST_CHUNK_BYTES;
    if (bytes > LARGEST_CHUNK_BYTES)
        bytes = LARGEST_CHUNK_BYTES;
    if (bytes < at_least)
        bytes = at_least;
    struct arena_chunk *chunk = malloc(sizeof *chunk + bytes);
    REQUIRE(chunk);
    chunk->older = arena->chunks;
    chunk->bytes = bytes;
    arena->chunks = chunk;
    arena->used = 0;
}

void *arena_allocate(struct arena *arena, size_t bytes)
{
    size_t start = (arena->used + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!arena->chunks || start + bytes > arena->chunks->bytes) {
        add_chunk(arena, bytes);
        start = 0;
    }
    arena->used = start + bytes;
    return arena->chunks->memory + start;
}

struct slice arena_copy(struct arena *arena, struct slice slice)
{
    char *to = arena_allocate(arena, slice.length + 1);
    if (slice.length)
        memcpy(to, slice.at, slice.length);
    to[slice.length] = '\0';
    return (struct slice){to, slice.length};
}

/* Frees the newest chunks that are larger than that; returns the newest remaining one. */
static struct arena_chunk *free_larger(struct arena_chunk *newest, size_t bytes)
{
    while (newest && newest->bytes > bytes) {
        struct arena_chunk *older = newest->older;
        free(newest);
        newest = older;
    }
    return newest;
}

void arena_clear(struct arena *arena)
{
    arena->chunks = free_larger(arena->chunks, KEPT_CHUNK_BYTES);
    if (arena->chunks)
        arena->chunks->older = free_larger(arena->chunks->older, 0);
    arena->used = 0;
}

void arena_finish(struct arena *arena)
{
    free_larger(arena->chunks, 0);
    *arena = (struct arena){0};
}
