#include "read_model/definition/section_head.h"

#include "read_model/definition/model_private.h"

#include <ctype.h>
#include <strings.h>

const char *const section_head_words[] = {[SECTION_NONE] = "",
                                          [SECTION_SCHEMA] = "schema",
                                          [SECTION_ON] = "on",
                                          [SECTION_QUERY] = "query"};

struct slice section_head_trim(struct slice slice)
{
    while (slice.length > 0 && strchr(" \t\r\n", slice.at[0]))
        slice.at++, slice.length--;
    while (slice.length > 0 && strchr(" \t\r\n", slice.at[slice.length - 1]))
        slice.length--;
    return slice;
}

struct slice section_head_word(struct slice *rest)
{
    size_t length = 0;
    while (length < rest->length && !strchr(" \t,", rest->at[length]))
        length++;
    struct slice word = {rest->at, length};
    *rest = section_head_trim((struct slice){rest->at + length, rest->length - length});
    return word;
}

struct slice section_head_name(struct slice word)
{
    const char *list = word.length ? memchr(word.at, '(', word.length) : NULL;
    return list ? (struct slice){word.at, (size_t)(list - word.at)} : word;
}

static bool is_word_of(enum section_kind kind, struct slice word)
{
    return word.length == strlen(section_head_words[kind]) &&
           strncasecmp(word.at, section_head_words[kind], word.length) == 0;
}

/* True if what follows the word can only have been meant as a section's head. */
static bool looks_like_head(enum section_kind kind, struct slice rest)
{
    struct slice word = section_head_word(&rest);
    switch (kind) {
    case SECTION_SCHEMA:
        return word.length == 0;
    case SECTION_ON:
        return word.length > 0 && memchr(word.at, '.', word.length - 1) != NULL;
    default:
        return (rest.length == 0 || rest.at[0] == '(' ||
                section_head_name(word).length < word.length) &&
               model_name_is_valid(section_head_name(word));
    }
}

/* True of "account.opened.v1". */
static bool looks_like_type(struct slice word)
{
    size_t digits = 0;
    while (digits < word.length && isdigit((unsigned char)word.at[word.length - 1 - digits]))
        digits++;
    return digits > 0 && word.length > digits + 2 &&
           memcmp(word.at + word.length - digits - 2, ".v", 2) == 0;
}

bool section_head_is_misspelt(struct slice line)
{
    struct slice rest = section_head_trim(line);
    if (rest.length < 2 || memcmp(rest.at, "--", 2) != 0)
        return false;
    rest = section_head_trim((struct slice){rest.at + 2, rest.length - 2});
    struct slice word = section_head_word(&rest);
    bool types = word.length > 0 && rest.length > 0;
    while (types && rest.length > 0) {
        word = section_head_word(&rest);
        types = looks_like_type(word);
        if (rest.length > 0 && rest.at[0] == ',')
            rest = section_head_trim((struct slice){rest.at + 1, rest.length - 1});
    }
    return types;
}

enum section_kind section_head_recognise(struct slice line, struct slice *ret_rest, bool *ret_exact)
{
    struct slice rest = section_head_trim(line);
    if (rest.length < 2 || memcmp(rest.at, "--", 2) != 0)
        return SECTION_NONE;
    rest = section_head_trim((struct slice){rest.at + 2, rest.length - 2});
    struct slice word = section_head_word(&rest);
    for (enum section_kind kind = SECTION_SCHEMA; kind <= SECTION_QUERY; kind++) {
        if (!is_word_of(kind, word))
            continue;
        *ret_exact =
            line.at + 3 == word.at && line.at[2] == ' ' && slice_is(word, section_head_words[kind]);
        *ret_rest = rest;
        return *ret_exact || looks_like_head(kind, rest) ? kind : SECTION_NONE;
    }
    return SECTION_NONE;
}
