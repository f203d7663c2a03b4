#include "base/json_text.h"

#include <stdarg.h>
#include <stdio.h>

/* The escape sequence of a byte, or NULL if JSON takes the byte as it is. */
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

/* True if one of the eight bytes needs an escape. Subtracting `least` borrows into the highest bit of a
 * byte below it; of the others only bytes from 0x80 on have that bit. */
static bool has_escape(uint64_t bytes)
{
    const uint64_t each = 0x0101010101010101U, highest = each * 0x80;
    uint64_t control = bytes - each * ' ', quote = (bytes ^ each * '"') - each,
             backslash = (bytes ^ each * '\\') - each;
    return (control | quote | backslash) & ~bytes & highest;
}

/* The number of bytes at the beginning that need no escape. */
static size_t plain_run(struct slice slice)
{
    size_t i = 0;
    for (uint64_t bytes; i + sizeof bytes <= slice.length; i += sizeof bytes) {
        memcpy(&bytes, slice.at + i, sizeof bytes);
        if (has_escape(bytes))
            break;
    }
    while (i < slice.length && (unsigned char)slice.at[i] >= 0x20 && slice.at[i] != '"' &&
           slice.at[i] != '\\')
        i++;
    return i;
}

void json_text_quote(struct text *out, struct slice slice)
{
    text_add_char(out, '"');
    for (;;) {
        char buffer[7];
        size_t run = plain_run(slice);
        text_add_bytes(out, slice.at, run);
        if (run == slice.length)
            break;
        text_add(out, json_escape((unsigned char)slice.at[run], buffer));
        slice = (struct slice){slice.at + run + 1, slice.length - run - 1};
    }
    text_add_char(out, '"');
}

void json_text_next(struct text *out)
{
    char last = out->length ? out->at[out->length - 1] : '\n';
    if (last != '[' && last != '{' && last != ':' && last != '\n')
        text_add_char(out, ',');
}

void json_text_name(struct text *out, const char *name)
{
    json_text_next(out);
    if (!name)
        return;
    text_add_char(out, '"');
    text_add(out, name);
    text_add(out, "\":");
}

void json_text_begin(struct text *out, const char *name, char bracket)
{
    json_text_name(out, name);
    text_add_char(out, bracket);
}

void json_text_string(struct text *out, const char *name, struct slice value)
{
    json_text_name(out, name);
    json_text_quote(out, value);
}

void json_text_plain(struct text *out, const char *name, const char *prefix, struct slice rest)
{
    json_text_name(out, name);
    text_add_char(out, '"');
    text_add(out, prefix);
    text_add_slice(out, rest);
    text_add_char(out, '"');
}

void json_text_int(struct text *out, const char *name, int64_t value)
{
    json_text_name(out, name);
    text_add_int(out, value);
}

void json_text_bool(struct text *out, const char *name, bool value)
{
    json_text_name(out, name);
    text_add(out, value ? "true" : "false");
}

void json_text_format(struct text *out, const char *name, const char *format, ...)
{
    AUTO(text) struct text value = {0};
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    REQUIRE(length >= 0);
    va_start(arguments, format);
    vsnprintf(text_reserve(&value, (size_t)length + 1), (size_t)length + 1, format, arguments);
    va_end(arguments);
    value.length = (size_t)length;
    json_text_string(out, name, text_slice(&value));
}
