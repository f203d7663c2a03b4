/* Open addressing with linear probing. Emptying the slot of the newest item restores the table as it was
 * before that item was added, so a probe still finds every other item. */
#include "base/hash_index.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64

static size_t slot_of(const struct hash_index *index, uint64_t hash, size_t probe)
{
    return (size_t)(hash + probe) & (index->slot_count - 1);
}

static void place(struct hash_index *index, size_t item)
{
    size_t probe = 0;
    while (index->slots[slot_of(index, index->hashes[item], probe)])
        probe++;
    index->slots[slot_of(index, index->hashes[item], probe)] = (uint32_t)item + 1;
}

static void grow(struct hash_index *index)
{
    index->slot_count = index->slot_count ? 2 * index->slot_count : SLOTS_FIRST;
    index->capacity = index->slot_count / 2;
    free(index->slots);
    index->slots = calloc(index->slot_count, sizeof *index->slots);
    index->hashes = reallocarray(index->hashes, index->capacity, sizeof *index->hashes);
    REQUIRE(index->slots && index->hashes);
    for (size_t i = 0; i < index->count; i++)
        place(index, i);
}

void hash_index_add(struct hash_index *index, uint64_t hash)
{
    if (index->count == index->capacity)
        grow(index);
    index->hashes[index->count] = hash;
    place(index, index->count++);
}

size_t hash_index_find(const struct hash_index *index, uint64_t hash, size_t *probe)
{
    while (index->slot_count) {
        uint32_t item = index->slots[slot_of(index, hash, (*probe)++)];
        if (!item)
            break;
        if (index->hashes[item - 1] == hash)
            return item - 1;
    }
    return SIZE_MAX;
}

void hash_index_cut(struct hash_index *index, size_t count)
{
    while (index->count > count) {
        size_t probe = 0, item = --index->count;
        while (index->slots[slot_of(index, index->hashes[item], probe)] != item + 1)
            probe++;
        index->slots[slot_of(index, index->hashes[item], probe)] = 0;
    }
}

void hash_index_finish(struct hash_index *index)
{
    free(index->hashes);
    free(index->slots);
    *index = (struct hash_index){0};
}
