/* Base64 in its two alphabets. Decoding takes one form for each run of bytes: what it accepts is
 * what encoding it again gives, but for alphabet and padding. */
#include "base/base64.h"

static const char standard_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode(struct slice bytes, const char *digits, bool pad, struct text *out)
{
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i < 3 ? bytes.length - i : 3;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < left ? (unsigned char)bytes.at[i + j] : 0U);
        char four[4];
        for (size_t j = 0; j < 4; j++)
            four[j] = j <= left ? digits[bits >> (18 - 6 * j) & 63] : '=';
        text_add_bytes(out, four, pad ? 4 : left + 1);
    }
}

void base64_encode(struct slice bytes, struct text *out)
{
    encode(bytes, standard_digits, true, out);
}

void base64_encode_url(struct slice bytes, struct text *out)
{
    encode(bytes, url_digits, false, out);
}

/* 0 … 63, or -1. */
static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static struct slice without_padding(struct slice text)
{
    size_t pads = 0;
    while (pads < 2 && text.length % 4 == 0 && pads < text.length &&
           text.at[text.length - 1 - pads] == '=')
        pads++;
    return (struct slice){text.at, text.length - pads};
}

bool base64_decode(struct slice text, struct text *out)
{
    size_t begin = out->length;
    uint32_t bits = 0;
    int held = 0;
    struct slice digits = without_padding(text);
    bool good = digits.length % 4 != 1;
    for (size_t i = 0; i < digits.length && good; i++) {
        int value = digit_value(digits.at[i]);
        good = value >= 0;
        bits = (bits << 6 | ((uint32_t)value & 63)) & 0xfff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            text_add_char(out, (char)(unsigned char)(bits >> held));
            bits &= (1U << held) - 1;
        }
    }
    good = good && bits == 0;
    if (!good && out->at) {
        out->length = begin;
        out->at[begin] = '\0';
    }
    return good;
}
