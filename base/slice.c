#include "base/slice.h"

#include <ctype.h>

bool slice_read_int(struct slice slice, int64_t *ret_number)
{
    bool negative = slice.length > 0 && slice.at[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == slice.length)
        return false;
    int64_t number = 0; /* built up below zero, where there is one more value */
    for (; i < slice.length; i++) {
        int digit = slice.at[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, digit, &number))
            return false;
    }
    if (!negative && number == INT64_MIN)
        return false;
    *ret_number = negative ? number : -number;
    return true;
}

bool slice_matches(struct slice slice, struct slice pattern)
{
    size_t t = 0, p = 0, star = SIZE_MAX, resume = 0;
    while (t < slice.length) {
        if (p < pattern.length && pattern.at[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.length && pattern.at[p] == slice.at[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.at[p] == '*')
        p++;
    return p == pattern.length;
}

#define NEAREST_BYTES 64

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Levenshtein's distance between two words of at most NEAREST_BYTES, without regard to case. */
static size_t edit_distance(struct slice a, struct slice b)
{
    size_t row[NEAREST_BYTES + 1];
    for (size_t j = 0; j <= b.length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            size_t best = diagonal + !same_letter(a.at[i - 1], b.at[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b.length];
}

/* A third of the letters may be wrong; two neighbours that were exchanged count as two wrong letters. */
static size_t farthest(struct slice word)
{
    if (word.length < 4)
        return 1;
    return word.length < 6 ? 2 : word.length / 3;
}

static bool begins_with(struct slice text, struct slice beginning)
{
    return text.length > beginning.length && beginning.length > 2 &&
           memcmp(text.at, beginning.at, beginning.length) == 0;
}

const char *slice_nearest(struct slice word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t best = farthest(word) + 1;
    for (size_t i = 0; i < count && word.length <= NEAREST_BYTES; i++) {
        struct slice candidate = slice_of(candidates[i]);
        if (candidate.length > NEAREST_BYTES)
            continue;
        size_t distance = edit_distance(word, candidate);
        if (distance < best && distance < word.length && distance <= candidate.length / 2 + 1) {
            best = distance;
            nearest = candidates[i];
        }
    }
    for (size_t i = 0; i < count && !nearest; i++)
        if (begins_with(slice_of(candidates[i]), word))
            nearest = candidates[i];
    return nearest;
}
