/* A fast 64-bit hash of bytes, for tables, ETags and cursors. The same on every machine of one byte
 * order. Not for secrets, and not resistant to deliberate collisions (see sha256.h). */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/* Hashes of several parts in turn are chained through `seed`. */
uint64_t hash_bytes(uint64_t seed, struct slice bytes);
