/* One pass, no recursion: only depth and string state are tracked. */
#include "base/json_scan.h"

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* From the opening quote to just after the closing one; NULL if the string does not end. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '"')
            return at + 1;
    }
    return NULL;
}

/* To just after the value that begins here; NULL if it does not end or is empty. */
static const char *skip_value(const char *at, const char *end)
{
    const char *start = at;
    size_t depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            if (!at || depth == 0)
                return at;
            continue;
        }
        if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0)
                break;
            if (--depth == 0)
                return at + 1;
        } else if (depth == 0 &&
                   (*at == ',' || *at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
            break;
        }
        at++;
    }
    return depth == 0 && at > start ? at : NULL;
}

struct json_scan json_scan_begin(struct slice text)
{
    const char *end = text.at + text.length;
    const char *at = text.at ? skip_space(text.at, end) : end;
    if (at == end || (*at != '{' && *at != '['))
        return (struct json_scan){.failed = true};
    return (struct json_scan){.at = at + 1, .end = end, .close = *at == '{' ? '}' : ']'};
}

static bool fail(struct json_scan *scan)
{
    scan->failed = true;
    return false;
}

/* Advances past the comma, or detects the end. */
static bool next_begins(struct json_scan *scan)
{
    scan->at = skip_space(scan->at, scan->end);
    if (scan->at == scan->end)
        return fail(scan);
    if (*scan->at == scan->close)
        return false;
    if (scan->begun) {
        if (*scan->at != ',')
            return fail(scan);
        scan->at = skip_space(scan->at + 1, scan->end);
        if (scan->at == scan->end)
            return fail(scan);
    }
    scan->begun = true;
    return true;
}

static bool take_name(struct json_scan *scan, struct slice *ret_name)
{
    const char *start = scan->at;
    const char *behind = *start == '"' ? skip_string(start, scan->end) : NULL;
    if (!behind)
        return fail(scan);
    *ret_name = (struct slice){start + 1, (size_t)(behind - start) - 2};
    scan->at = skip_space(behind, scan->end);
    if (scan->at == scan->end || *scan->at != ':')
        return fail(scan);
    scan->at = skip_space(scan->at + 1, scan->end);
    return true;
}

bool json_scan_next(struct json_scan *scan, struct slice *ret_name, struct slice *ret_value)
{
    if (scan->failed || !next_begins(scan))
        return false;
    *ret_name = (struct slice){"", 0};
    if (scan->close == '}' && !take_name(scan, ret_name))
        return false;
    const char *behind = skip_value(scan->at, scan->end);
    if (!behind)
        return fail(scan);
    *ret_value = (struct slice){scan->at, (size_t)(behind - scan->at)};
    scan->at = behind;
    return true;
}

struct slice json_scan_member(struct slice object, const char *name)
{
    struct json_scan scan = json_scan_begin(object);
    struct slice found, value;
    while (json_scan_next(&scan, &found, &value))
        if (slice_is(found, name))
            return value;
    return (struct slice){"", 0};
}

struct slice json_scan_plain_string(struct slice value)
{
    if (value.length < 2 || value.at[0] != '"' || memchr(value.at, '\\', value.length))
        return (struct slice){"", 0};
    return (struct slice){value.at + 1, value.length - 2};
}
