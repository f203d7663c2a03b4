/* One pass, no recursion. The costs are those of jansson 2.14 on a 64-bit machine;
 * json_measure_test compares them with what jansson allocates. */
#include "base/json_measure.h"

#define SLOT_BYTES   16         /* in the parent, which doubles its table */
#define OBJECT_BYTES (80 + 144) /* the object and its first 8 buckets */
#define ARRAY_BYTES  (48 + 80)  /* the array and its first 8 slots */
#define STRING_BYTES (48 + 32)  /* the string and its text; the length is added */
#define NUMBER_BYTES 32
#define MEMBER_BYTES 32 /* in addition to its name as a string */

/* Just after the string whose opening quote is before `at`. */
static const char *skip_string(const char *at, const char *end)
{
    while (at < end && *at != '"')
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    return at < end ? at + 1 : end;
}

static bool is_between_values(char c)
{
    return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Just after a number or literal. */
static const char *skip_word(const char *at, const char *end)
{
    while (at < end && !is_between_values(*at) && !strchr("{}[]:\"", *at))
        at++;
    return at;
}

static void add_value(struct json_measure *measure, size_t bytes)
{
    measure->values++;
    measure->tree_bytes += bytes + SLOT_BYTES;
}

/* Counts the token at `at`; returns where the next one begins. */
static const char *take(struct json_measure *measure, size_t *depth, const char *at,
                        const char *end)
{
    const char *next = at + 1;
    switch (*at) {
    case '{':
    case '[':
        add_value(measure, *at == '{' ? OBJECT_BYTES : ARRAY_BYTES);
        if (++*depth > measure->depth)
            measure->depth = *depth;
        return next;
    case '}':
    case ']':
        *depth -= *depth > 0;
        return next;
    case ':': /* the string before it is a name */
        measure->values -= measure->values > 0;
        measure->tree_bytes += MEMBER_BYTES;
        return next;
    case '"':
        next = skip_string(next, end);
        add_value(measure, STRING_BYTES + (size_t)(next - at));
        return next;
    default:
        if (is_between_values(*at))
            return next;
        add_value(measure, NUMBER_BYTES);
        return skip_word(next, end);
    }
}

struct json_measure json_measure(struct slice text)
{
    struct json_measure measure = {0};
    size_t depth = 0;
    const char *at = text.at, *end = text.at + text.length;
    while (at < end)
        at = take(&measure, &depth, at, end);
    return measure;
}
