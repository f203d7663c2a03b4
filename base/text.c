#include "base/text.h"

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

void text_grow(struct text *text, size_t bytes)
{
    size_t needed = text->length + bytes + 1;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    text->at = realloc(text->at, capacity);
    REQUIRE(text->at);
    text->capacity = capacity;
}

void text_fit(struct text *text)
{
    char *fitted = text->at ? realloc(text->at, text->length + 1) : NULL;
    if (!fitted)
        return;
    text->at = fitted;
    text->capacity = text->length + 1;
}

size_t text_write_int(int64_t number, char out[TEXT_INT_BYTES])
{
    char digits[TEXT_INT_BYTES];
    size_t at = sizeof digits - 1;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    digits[at] = '\0';
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        digits[--at] = '-';
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - 1 - at;
}

void text_add_int(struct text *text, int64_t number)
{
    text->length += text_write_int(number, text_reserve(text, TEXT_INT_BYTES));
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

char *text_take(struct text *text)
{
    text_reserve(text, 0)[0] = '\0';
    char *at = text->at;
    *text = (struct text){0};
    return at;
}
