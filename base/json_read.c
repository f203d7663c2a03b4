/* A text as clients and annal itself usually write it is read here in one pass. Any other text, such as
 * one with an escape, and every text that is rejected, is read by jansson: its lexer is several times
 * slower, and explains what is wrong. Both accept the same texts and make the same trees.
 */
#include "base/json.h"

#include "base/json_measure.h"
#include "base/utf8.h"

#define INTEGER_DIGITS 18 /* always fit */
#define REAL_BYTES     64 /* of a number that is read here */

/* --- the usual text --------------------------------------------------------------------------- */

struct reader {
    const char *at, *end;
    int depth;
};

/* The value at `at`, which moves behind it; NULL if jansson must read the text. */
static json_t *read_value(struct reader *reader);

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t' ||
                                        *reader->at == '\n' || *reader->at == '\r'))
        reader->at++;
}

static bool take(struct reader *reader, char c)
{
    skip_space(reader);
    bool found = reader->at < reader->end && *reader->at == c;
    reader->at += found;
    return found;
}

static bool skip_one_of(struct reader *reader, char a, char b)
{
    bool found = reader->at < reader->end && (*reader->at == a || *reader->at == b);
    reader->at += found;
    return found;
}

/* Takes the rest of a string without escapes. */
static bool take_string(struct reader *reader, struct slice *ret_text)
{
    const char *begin = reader->at, *at = begin;
    unsigned char all = 0;
    while (at < reader->end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ')
        all |= (unsigned char)*at++;
    *ret_text = (struct slice){begin, (size_t)(at - begin)};
    reader->at = at;
    return skip_one_of(reader, '"', '"') && (all < 0x80 || utf8_is_valid(*ret_text));
}

static json_t *read_string(struct reader *reader)
{
    struct slice text;
    return take_string(reader, &text) ? json_stringn_nocheck(text.at, text.length) : NULL;
}

static bool is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static size_t skip_digits(struct reader *reader)
{
    const char *begin = reader->at;
    while (is_digit(reader))
        reader->at++;
    return (size_t)(reader->at - begin);
}

/* The number that begins at `begin` and whose integer part has been skipped. */
static json_t *read_real(struct reader *reader, const char *begin)
{
    char digits[REAL_BYTES];
    if (skip_one_of(reader, '.', '.') && !skip_digits(reader))
        return NULL;
    if (skip_one_of(reader, 'e', 'E')) {
        skip_one_of(reader, '+', '-');
        if (!skip_digits(reader))
            return NULL;
    }
    size_t length = (size_t)(reader->at - begin);
    if (length >= sizeof digits)
        return NULL;
    memcpy(digits, begin, length);
    digits[length] = '\0';
    return json_real(strtod(digits, NULL)); /* NULL if it is infinite */
}

static json_t *read_number(struct reader *reader)
{
    const char *begin = reader->at;
    bool negative = skip_one_of(reader, '-', '-');
    const char *first = reader->at;
    size_t digits = skip_digits(reader);
    int64_t number = 0;
    if (digits == 0 || digits > INTEGER_DIGITS || (digits > 1 && *first == '0'))
        return NULL;
    if (reader->at < reader->end && (*reader->at == '.' || (*reader->at | 0x20) == 'e'))
        return read_real(reader, begin);
    for (; first < reader->at; first++)
        number = number * 10 + (*first - '0');
    return json_integer(negative ? -number : number);
}

static json_t *read_word(struct reader *reader)
{
    static const struct {
        const char *word;
        json_t *(*make)(void);
    } words[] = {{"true", json_true}, {"false", json_false}, {"null", json_null}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].word);
        if ((size_t)(reader->end - reader->at) < length ||
            memcmp(reader->at, words[i].word, length) != 0)
            continue;
        reader->at += length;
        return words[i].make();
    }
    return NULL;
}

static bool read_elements(struct reader *reader, json_t *array)
{
    if (take(reader, ']'))
        return true;
    do
        if (json_array_append_new(array, read_value(reader)) != 0)
            return false;
    while (take(reader, ','));
    return take(reader, ']');
}

/* A name that occurs twice replaces a member, so the object does not grow. */
static bool read_members(struct reader *reader, json_t *object)
{
    struct slice name;
    if (take(reader, '}'))
        return true;
    for (size_t count = 1;; count++) {
        if (!take(reader, '"') || !take_string(reader, &name) || !take(reader, ':') ||
            json_object_setn_new_nocheck(object, name.at, name.length, read_value(reader)) != 0 ||
            json_object_size(object) != count)
            return false;
        if (!take(reader, ','))
            return take(reader, '}');
    }
}

static json_t *read_group(struct reader *reader, json_t *group,
                          bool (*read)(struct reader *reader, json_t *group))
{
    bool whole = group && ++reader->depth <= JSON_DEEPEST && read(reader, group);
    reader->depth--;
    if (whole)
        return group;
    json_decref(group);
    return NULL;
}

static json_t *read_value(struct reader *reader)
{
    if (take(reader, '{'))
        return read_group(reader, json_object(), read_members);
    if (take(reader, '['))
        return read_group(reader, json_array(), read_elements);
    if (take(reader, '"'))
        return read_string(reader);
    if (is_digit(reader) || (reader->at < reader->end && *reader->at == '-'))
        return read_number(reader);
    return read_word(reader);
}

static json_t *read_usual(struct slice text)
{
    struct reader reader = {.at = text.at, .end = text.at + text.length};
    json_t *json = text.at ? read_value(&reader) : NULL;
    skip_space(&reader);
    if (!json || reader.at == reader.end)
        return json;
    json_decref(json);
    return NULL;
}

/* --- any text --------------------------------------------------------------------------------- */

/* jansson reports some failed allocations as wrong syntax, and continues after others with part of a
 * string missing. So this file records them. */
static _Thread_local bool allocation_failed;
static json_malloc_t allocate_before;

static void *allocate(size_t bytes)
{
    void *memory = allocate_before(bytes);
    allocation_failed |= !memory;
    return memory;
}

/* Before main(), so before any thread uses jansson. The function that frees is unchanged. */
__attribute__((constructor)) static void watch_allocations(void)
{
    json_free_t free_before;
    json_get_alloc_funcs(&allocate_before, &free_before);
    json_set_alloc_funcs(allocate, free_before);
}

/* jansson's message, unless it names a flag of jansson's API. */
static const char *explain(const json_error_t *why)
{
    enum json_error_code code = json_error_code(why);
    bool is_nul = code == json_error_null_character || code == json_error_null_byte_in_key;
    return is_nul ? "a text must not have \\u0000 (NUL)" : why->text;
}

static enum err out_of_memory(size_t bytes, json_t *take_json, struct error *error)
{
    json_decref(take_json);
    return error_set(error, ERR_NO_MEMORY, "no memory is left to read %zu bytes of JSON; try again",
                     bytes);
}

/* Depth is counted before jansson recurses, so that hostile input costs no stack. */
static enum err read_any(struct slice text, json_t **ret_json, struct error *error)
{
    json_error_t why;
    if (json_measure(text).depth > JSON_DEEPEST)
        return error_set(error, ERR_INVALID_JSON, "nested deeper than %d levels", JSON_DEEPEST);
    allocation_failed = false;
    json_t *json = json_loadb(text.at ? text.at : "", text.length,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (allocation_failed)
        return out_of_memory(text.length, json, error);
    if (!json)
        return error_set(error, ERR_INVALID_JSON, "line %d, column %d: %s", why.line, why.column,
                         explain(&why));
    *ret_json = json;
    return OK;
}

enum err json_read(struct slice text, json_t **ret_json, struct error *error)
{
    json_t *json = read_usual(text);
    if (!json)
        return read_any(text, ret_json, error);
    *ret_json = json;
    return OK;
}

enum err json_read_stored(struct slice text, enum err fault, json_t **ret_json, struct error *error)
{
    struct error why = {0};
    enum err err = json_read(text, ret_json, &why);
    if (!err)
        return OK;
    if (err == ERR_NO_MEMORY)
        return error_set(error, err, "%s", why.text);
    return error_set(error, fault, "it is not JSON: %s", why.text);
}
