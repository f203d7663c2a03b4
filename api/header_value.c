/* No allocation: everything stays a slice of the value. */
#include "api/header_value.h"

#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

struct slice header_value_trim(struct slice text)
{
    while (text.length && is_space(text.at[0]))
        text = (struct slice){text.at + 1, text.length - 1};
    while (text.length && is_space(text.at[text.length - 1]))
        text.length--;
    return text;
}

struct slice header_value_take(struct slice *rest, char separator)
{
    const char *found = rest->length ? memchr(rest->at, separator, rest->length) : NULL;
    size_t length = found ? (size_t)(found - rest->at) : rest->length;
    struct slice part = {rest->at, length};
    size_t taken = found ? length + 1 : length;
    *rest = (struct slice){rest->at + taken, rest->length - taken};
    return header_value_trim(part);
}

bool header_value_is(struct slice text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.at, word, text.length) == 0;
}
