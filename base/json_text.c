#include "base/json_text.h"

#include <stdarg.h>
#include <stdio.h>

void json_text_next(struct text *out)
{
    char last = out->length ? out->at[out->length - 1] : '\n';
    if (!strchr("[{:\n", last))
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
    text_add_json_string(out, value);
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
