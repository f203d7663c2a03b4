#include "http/header_value.h"

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

/* "0.25" in thousandths; an invalid quality counts as the most. */
static int read_quality(struct slice text)
{
    int quality = 0, digit = HEADER_VALUE_QUALITY_MOST;
    for (size_t i = 0; i < text.length && i < 5; i++) {
        if (i == 1 ? text.at[i] != '.' : text.at[i] < '0' || text.at[i] > '9')
            return HEADER_VALUE_QUALITY_MOST;
        if (i == 1)
            continue;
        quality += digit * (text.at[i] - '0');
        digit /= 10;
    }
    return text.length == 0 || quality > HEADER_VALUE_QUALITY_MOST ? HEADER_VALUE_QUALITY_MOST
                                                                   : quality;
}

int header_value_quality(struct slice parameters)
{
    while (parameters.length) {
        struct slice value = header_value_take(&parameters, ';');
        struct slice name = header_value_take(&value, '=');
        if (header_value_is(name, "q"))
            return read_quality(header_value_trim(value));
    }
    return HEADER_VALUE_QUALITY_MOST;
}

bool header_value_accepts(const char *list, const char *word)
{
    struct slice rest = slice_of(list);
    bool others = false;
    if (!list)
        return true;
    while (rest.length) {
        struct slice parameters = header_value_take(&rest, ',');
        struct slice name = header_value_take(&parameters, ';');
        bool accepted = header_value_quality(parameters) > 0;
        if (header_value_is(name, word))
            return accepted;
        if (header_value_is(name, "*"))
            others = accepted;
    }
    return others;
}
