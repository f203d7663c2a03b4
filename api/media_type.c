/* Only what is needed to say yes or no: no ranking by quality. */
#include "api/media_type.h"

#include "api/header_value.h"

#include <strings.h>

static bool charset_is_understood(struct slice parameter)
{
    struct slice value = parameter, name = header_value_take(&value, '=');
    value = header_value_trim(value);
    return !header_value_is(name, "charset") || header_value_is(value, "utf-8") ||
           header_value_is(value, "\"utf-8\"");
}

bool media_type_is(const char *content_type, const char *type)
{
    if (!content_type)
        return false;
    struct slice rest = slice_of(content_type);
    if (!header_value_is(header_value_take(&rest, ';'), type))
        return false;
    while (rest.length)
        if (!charset_is_understood(header_value_take(&rest, ';')))
            return false;
    return true;
}

bool media_type_begins(const char *content_type, const char *prefix)
{
    return content_type && strncasecmp(content_type, prefix, strlen(prefix)) == 0;
}

#define FIT_EXACT 3

/* How exactly a range of Accept fits: 3 exactly, 2 its main type, 1 any type, 0 not at all. */
static int range_fit(struct slice range, const char *type)
{
    size_t main = (size_t)(strchr(type, '/') - type) + 1;
    if (header_value_is(range, type))
        return FIT_EXACT;
    if (range.length == main + 1 && range.at[main] == '*' && strncasecmp(range.at, type, main) == 0)
        return 2;
    return header_value_is(range, "*/*") ? 1 : 0;
}

/* q=0, q=0.0 and so on. */
static bool has_zero_quality(struct slice parameters)
{
    while (parameters.length) {
        struct slice value = header_value_take(&parameters, ';'),
                     name = header_value_take(&value, '=');
        if (!header_value_is(name, "q"))
            continue;
        value = header_value_trim(value);
        size_t zeros = 0;
        while (zeros < value.length && (value.at[zeros] == '0' || value.at[zeros] == '.'))
            zeros++;
        return value.length > 0 && zeros == value.length;
    }
    return false;
}

/* How exactly Accept fits the type, as range_fit() has it; 0 if it rules the type out. */
static int accept_fit(const char *accept, const char *type)
{
    struct slice rest = slice_of(accept);
    int best = 0;
    bool accepted = false;
    while (rest.length) {
        struct slice parameters = header_value_take(&rest, ',');
        struct slice range = header_value_take(&parameters, ';');
        int fit = range_fit(range, type);
        if (fit > best) {
            best = fit;
            accepted = !has_zero_quality(parameters);
        }
    }
    return accepted ? best : 0;
}

bool media_type_accepts(const char *accept, const char *type)
{
    return !header_value_trim(slice_of(accept)).length || strcmp(accept, "*/*") == 0 ||
           accept_fit(accept, type) > 0;
}

bool media_type_names(const char *accept, const char *type)
{
    return accept_fit(accept, type) == FIT_EXACT;
}
