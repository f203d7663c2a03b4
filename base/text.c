/* Growing text, UTF-8, percent-encoding, hexadecimal and nearest names. Nothing here does I/O. */
#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

void text_finish(struct text *text)
{
    free(text->at);
    *text = (struct text){0};
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->at)
        text->at[0] = '\0';
}

char *text_reserve(struct text *text, size_t bytes)
{
    size_t needed = text->length + bytes + 1;
    if (needed > text->capacity) {
        size_t capacity = text->capacity ? text->capacity : 64;
        while (capacity < needed)
            capacity *= 2;
        text->at = realloc(text->at, capacity);
        REQUIRE(text->at);
        text->capacity = capacity;
    }
    return text->at + text->length;
}

void text_fit(struct text *text)
{
    char *fitted = text->at ? realloc(text->at, text->length + 1) : NULL;
    if (!fitted)
        return;
    text->at = fitted;
    text->capacity = text->length + 1;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    char *to = text_reserve(text, length);
    if (length)
        memcpy(to, bytes, length);
    to[length] = '\0';
    text->length += length;
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_slice(struct text *text, struct slice slice)
{
    text_add_bytes(text, slice.at, slice.length);
}

void text_add_char(struct text *text, char c)
{
    text_add_bytes(text, &c, 1);
}

void text_add_int(struct text *text, int64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        text_add_char(text, '-');
    text_add_bytes(text, digits + at, sizeof digits - at);
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    REQUIRE(length >= 0);
    vsnprintf(text_reserve(text, (size_t)length), (size_t)length + 1, format, again);
    text->length += (size_t)length;
    va_end(again);
    va_end(arguments);
}

/* What JSON wants written for a byte that does not stand for itself. */
static const char *json_escape(unsigned char c, char buffer[7])
{
    if (c >= 0x20 && c != '"' && c != '\\')
        return NULL;
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        snprintf(buffer, 7, "\\u%04x", c);
        return buffer;
    }
}

/* How many bytes at the beginning stand for themselves. */
static size_t plain_run(struct slice slice)
{
    size_t i = 0;
    while (i < slice.length && (unsigned char)slice.at[i] >= 0x20 && slice.at[i] != '"' &&
           slice.at[i] != '\\')
        i++;
    return i;
}

void text_add_json_string(struct text *text, struct slice slice)
{
    text_add_char(text, '"');
    for (;;) {
        char buffer[7];
        size_t run = plain_run(slice);
        text_add_bytes(text, slice.at, run);
        if (run == slice.length)
            break;
        text_add(text, json_escape((unsigned char)slice.at[run], buffer));
        slice = (struct slice){slice.at + run + 1, slice.length - run - 1};
    }
    text_add_char(text, '"');
}

void text_add_hex(struct text *text, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        text_add_char(text, digits[bytes[i] >> 4]);
        text_add_char(text, digits[bytes[i] & 15]);
    }
}

char *text_take(struct text *text)
{
    text_reserve(text, 0)[0] = '\0';
    char *at = text->at;
    *text = (struct text){0};
    return at;
}

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

bool text_is_utf8(struct slice slice)
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

void text_make_utf8(char *string)
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

struct slice text_cut(struct slice slice, size_t bytes)
{
    if (slice.length <= bytes)
        return slice;
    while (bytes > 0 && (slice.at[bytes] & 0xC0) == 0x80)
        bytes--;
    return (struct slice){slice.at, bytes};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool text_percent_decode(struct slice slice, bool plus_is_space, struct text *out)
{
    size_t start = out->length;
    for (size_t i = 0; i < slice.length; i++) {
        char c = slice.at[i];
        if (c == '+' && plus_is_space)
            c = ' ';
        else if (c == '%') {
            int high = i + 2 < slice.length ? hex_value(slice.at[i + 1]) : -1;
            int low = i + 2 < slice.length ? hex_value(slice.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0')
            return false;
        text_add_char(out, c);
    }
    text_reserve(out, 0)[0] = '\0';
    return text_is_utf8((struct slice){out->at + start, out->length - start});
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void text_percent_encode(struct slice slice, struct text *out)
{
    for (size_t i = 0; i < slice.length; i++) {
        if (is_unreserved(slice.at[i]))
            text_add_char(out, slice.at[i]);
        else
            text_printf(out, "%%%02X", (unsigned char)slice.at[i]);
    }
}

bool text_read_hex(struct slice slice, unsigned char *out, size_t count)
{
    if (slice.length != 2 * count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int high = hex_value(slice.at[2 * i]), low = hex_value(slice.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

bool text_read_int(struct slice slice, int64_t *ret_number)
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

#define NEAREST_BYTES 64

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Levenshtein's distance of two words of at most NEAREST_BYTES, capitals being no difference. */
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

const char *text_nearest(struct slice word, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t best = word.length / 2 + 2;
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
    return nearest;
}

bool text_matches(struct slice text, struct slice pattern)
{
    size_t t = 0, p = 0, star = SIZE_MAX, resume = 0;
    while (t < text.length) {
        if (p < pattern.length && pattern.at[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.length && pattern.at[p] == text.at[t]) {
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
