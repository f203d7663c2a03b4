#include "base/utf8.h"

#include <stdint.h>

/* Length of the well-formed UTF-8 sequence at `at`, or 0 (Unicode 15, table 3-7). */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
    unsigned char first = at[0];
    if (first < 0x80)
        return 1;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || left < length)
        return 0;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

bool utf8_is_valid(struct slice slice)
{
    const unsigned char *at = (const unsigned char *)slice.at;
    for (size_t i = 0; i < slice.length;) {
        uint64_t eight;
        if (slice.length - i >= sizeof eight) {
            memcpy(&eight, at + i, sizeof eight);
            if ((eight & 0x8080808080808080U) == 0) { /* all ASCII: the usual case */
                i += sizeof eight;
                continue;
            }
        }
        size_t length = utf8_sequence(at + i, slice.length - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

void utf8_repair(char *string)
{
    size_t left = strlen(string);
    while (left > 0) {
        size_t length = utf8_sequence((const unsigned char *)string, left);
        if (length == 0)
            *string = '?';
        string += length ? length : 1;
        left -= length ? length : 1;
    }
}

struct slice utf8_cut(struct slice slice, size_t bytes)
{
    if (slice.length <= bytes)
        return slice;
    while (bytes > 0 && (slice.at[bytes] & 0xC0) == 0x80)
        bytes--;
    return (struct slice){slice.at, bytes};
}

void utf8_copy(struct slice slice, char *out, size_t bytes)
{
    struct slice cut = utf8_cut(slice, bytes - 1);
    memcpy(out, cut.at, cut.length);
    out[cut.length] = '\0';
}
