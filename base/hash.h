/* A fast 64-bit hash of bytes, for tables, ETags and cursors, and an index by hash. The same on every
 * machine of one byte order. Not for secrets, and not resistant to deliberate collisions (sha256.h).
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/* Hashes of several parts in turn are chained through `seed`. */
uint64_t hash_bytes(uint64_t seed, struct slice bytes);

/* Finds the items of a growing list by a hash of their names. The items are numbered 0, 1, 2 … in the order in
 * which they are added, and are removed from the end. A zeroed index is empty. Two items may have the same
 * hash: the caller compares names.
 */
struct hash_index {
    uint64_t *hashes; /* of each item */
    uint32_t *slots;  /* item + 1, 0: empty; a power of two of them, half empty at least */
    size_t count, capacity, slot_count;
};

/* Adds the next item. */
void hash_index_add(struct hash_index *index, uint64_t hash);

/* An item with this hash, or SIZE_MAX. `*probe` is 0 for the first call; the next call with it returns
 * the next item. */
size_t hash_index_find(const struct hash_index *index, uint64_t hash, size_t *probe);

/* Removes the items from `count` on. */
void hash_index_cut(struct hash_index *index, size_t count);

void hash_index_finish(struct hash_index *index);
