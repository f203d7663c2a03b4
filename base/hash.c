/* The hash takes sixteen bytes at a time through one 64 × 64 → 128 bit multiplication, whose halves are
 * folded together: every bit of the input affects every bit of the result. The index is a table with open
 * addressing and linear probing. */
#include "base/hash.h"

#include "base/error.h"

#include <stdlib.h>

__extension__ typedef unsigned __int128 product;

static const uint64_t salt_a = 0xa0761d6478bd642fU, salt_b = 0xe7037ed1a0b428dbU;

static uint64_t fold(uint64_t a, uint64_t b)
{
    product both = (product)a * b;
    return (uint64_t)both ^ (uint64_t)(both >> 64);
}

uint64_t hash_bytes(uint64_t seed, struct slice bytes)
{
    uint64_t state = seed ^ salt_a;
    uint64_t words[2];
    size_t at = 0;
    for (; bytes.length - at > sizeof words; at += sizeof words) {
        memcpy(words, bytes.at + at, sizeof words);
        state = fold(words[0] ^ salt_b, words[1] ^ state);
    }
    memset(words, 0, sizeof words);
    if (bytes.length > at)
        memcpy(words, bytes.at + at, bytes.length - at);
    state = fold(words[0] ^ salt_b, words[1] ^ state);
    return fold(state ^ salt_a, bytes.length ^ salt_b);
}

/* ---- the index ---- */

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

/* Emptying the slot of the newest item restores the table as it was before that item was added, so a probe
 * still finds every other item. */
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
