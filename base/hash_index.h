/* Finds the items of a growing list by a hash of their names.
 *
 * The items are numbered 0, 1, 2 … in the order they are added, and are removed from the end. A
 * zeroed index is empty and valid. Two items may have the same hash: the caller compares names.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

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
