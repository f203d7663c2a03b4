/* Sixteen bytes at a time through one 64 × 64 → 128 bit multiplication, whose halves are folded
 * together: every bit of the input reaches every bit of the result. */
#include "base/hash.h"

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
