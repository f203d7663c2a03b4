#include "base/encoding.h"

#include "base/utf8.h"

void encoding_write_hex(const void *bytes, size_t length, struct text *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = ((const unsigned char *)bytes)[i];
        text_add_char(out, digits[byte >> 4]);
        text_add_char(out, digits[byte & 15]);
    }
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

bool encoding_read_hex(struct slice slice, unsigned char *out, size_t count)
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

static const char standard_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void write_base64(struct slice bytes, const char *digits, bool pad, struct text *out)
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

void encoding_write_base64(struct slice bytes, struct text *out)
{
    write_base64(bytes, standard_digits, true, out);
}

void encoding_write_base64_url(struct slice bytes, struct text *out)
{
    write_base64(bytes, url_digits, false, out);
}

/* 0 … 63, or -1. */
static int base64_value(char c)
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

bool encoding_read_base64(struct slice slice, struct text *out)
{
    size_t begin = out->length;
    uint32_t bits = 0;
    int held = 0;
    struct slice digits = without_padding(slice);
    bool good = digits.length % 4 != 1;
    for (size_t i = 0; i < digits.length && good; i++) {
        int value = base64_value(digits.at[i]);
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

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void encoding_write_percent(struct slice slice, struct text *out)
{
    for (size_t i = 0; i < slice.length; i++) {
        if (is_unreserved(slice.at[i]))
            text_add_char(out, slice.at[i]);
        else
            text_printf(out, "%%%02X", (unsigned char)slice.at[i]);
    }
}

bool encoding_read_percent(struct slice slice, bool plus_is_space, struct text *out)
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
    return utf8_is_valid((struct slice){out->at + start, out->length - start});
}
