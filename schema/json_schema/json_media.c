#include "schema/json_schema/json_media.h"

#include <strings.h>

static bool is_token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static struct slice take_token(struct slice *rest)
{
    struct slice token = {rest->at, 0};
    while (token.length < rest->length && is_token_char(rest->at[token.length]))
        token.length++;
    *rest = (struct slice){rest->at + token.length, rest->length - token.length};
    return token;
}

static bool is_visible(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.at[i] < ' ' || text.at[i] > '~')
            return false;
    return true;
}

static bool is_word(struct slice token, const char *word)
{
    return token.length == strlen(word) && strncasecmp(token.at, word, token.length) == 0;
}

bool json_media_is(struct slice media)
{
    struct slice rest = media, type = take_token(&rest);
    if (!type.length || !rest.length || rest.at[0] != '/' || !is_visible(media))
        return false;
    rest = (struct slice){rest.at + 1, rest.length - 1};
    struct slice subtype = take_token(&rest);
    while (rest.length && rest.at[0] == ' ')
        rest = (struct slice){rest.at + 1, rest.length - 1};
    if (rest.length && rest.at[0] != ';')
        return false;
    if (is_word(subtype, "json"))
        return is_word(type, "application") || is_word(type, "text");
    return subtype.length > 5 && strncasecmp(subtype.at + subtype.length - 5, "+json", 5) == 0;
}
