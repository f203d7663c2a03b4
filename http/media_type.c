#include "http/media_type.h"

#include "http/header_value.h"
#include "http/http_answer.h"

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
    return header_value_is(header_value_take(&rest, ';'), type) && media_type_is_utf8(content_type);
}

bool media_type_is_utf8(const char *content_type)
{
    struct slice rest = slice_of(content_type);
    header_value_take(&rest, ';');
    while (rest.length)
        if (!charset_is_understood(header_value_take(&rest, ';')))
            return false;
    return true;
}

bool media_type_begins(const char *content_type, const char *prefix)
{
    return content_type && strncasecmp(content_type, prefix, strlen(prefix)) == 0;
}

/* How exactly a range of Accept names the type: 3 exactly, 2 its main type, 1 any type, 0 not at all. */
static int range_fit(struct slice range, const char *type)
{
    size_t main = (size_t)(strchr(type, '/') - type) + 1;
    if (header_value_is(range, type))
        return 3;
    if (range.length == main + 1 && range.at[main] == '*' && strncasecmp(range.at, type, main) == 0)
        return 2;
    return header_value_is(range, "*/*") ? 1 : 0;
}

/* Orders types by their quality in the range that fits best, then by how exactly that range fits; 0 if
 * the type is excluded. */
static int accept_rank(const char *accept, const char *type)
{
    struct slice rest = slice_of(accept);
    int best = 0, quality = 0;
    while (rest.length) {
        struct slice parameters = header_value_take(&rest, ',');
        struct slice range = header_value_take(&parameters, ';');
        int fit = range_fit(range, type);
        if (fit <= best)
            continue;
        best = fit;
        quality = header_value_quality(parameters);
    }
    return quality ? quality * 4 + best : 0;
}

int media_type_choose(const char *accept, const char *const *types)
{
    int chosen = -1, highest = 0;
    if (!accept || !header_value_trim(slice_of(accept)).length || strcmp(accept, "*/*") == 0)
        return 0;
    for (int i = 0; types[i]; i++) {
        int rank = accept_rank(accept, types[i]);
        if (rank > highest) {
            highest = rank;
            chosen = i;
        }
    }
    return chosen;
}

bool media_type_accepts(const char *accept, const char *type)
{
    return media_type_choose(accept, (const char *const[]){type, NULL}) == 0;
}

enum err media_type_negotiate(struct http_request *request, const char *const *types,
                              int *ret_chosen, struct error *error)
{
    *ret_chosen = media_type_choose(http_request_header(request, HTTP_ACCEPT), types);
    if (*ret_chosen >= 0) {
        http_answer_header(request, "Vary", "Accept");
        return OK;
    }
    AUTO(text) struct text all = {0};
    for (size_t i = 0; types[i]; i++)
        text_printf(&all, "%s%s", i ? ", " : "", types[i]);
    return error_set(error, ERR_NOT_ACCEPTABLE, "the response is available only as %s", all.at);
}
