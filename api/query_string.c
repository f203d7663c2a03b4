/* Forms' encoding: '+' is a space, parameters are divided by '&'. */
#include "api/query_string.h"

#include "base/encoding.h"
#include "base/utf8.h"

#define SHOWN_MOST 60 /* bytes of a value in an error */

static enum err decode(struct http_request *request, struct slice raw, struct slice *ret,
                       struct error *error)
{
    AUTO(text) struct text decoded = {0};
    if (!encoding_read_percent(raw, true, &decoded))
        return error_set(error, ERR_INVALID_PARAMETER,
                         "a query parameter is not valid percent-encoded UTF-8, or contains NUL");
    *ret = arena_copy(&request->arena, text_slice(&decoded));
    return OK;
}

/* "name=value"; without '=' the value is empty. */
static enum err read_one(struct http_request *request, struct slice part,
                         struct read_parameter *ret, struct error *error)
{
    const char *equals = memchr(part.at, '=', part.length);
    size_t name_length = equals ? (size_t)(equals - part.at) : part.length;
    struct slice value = {equals ? equals + 1 : "", equals ? part.length - name_length - 1 : 0};
    enum err err = decode(request, (struct slice){part.at, name_length}, &ret->name, error);
    return err ? err : decode(request, value, &ret->value, error);
}

enum err query_string_read(struct http_request *request, struct query_string *ret,
                           struct error *error)
{
    const char *at = request->query.at, *end = at + request->query.length;
    ret->count = 0;
    while (at < end) {
        const char *mark = memchr(at, '&', (size_t)(end - at));
        const char *behind = mark ? mark : end;
        if (ret->count == QUERY_PARAMETERS_MOST)
            return error_set(error, ERR_INVALID_PARAMETER, "more than %d query parameters",
                             QUERY_PARAMETERS_MOST);
        if (behind > at) {
            enum err err = read_one(request, (struct slice){at, (size_t)(behind - at)},
                                    &ret->parameter[ret->count++], error);
            if (err)
                return err;
        }
        at = mark ? mark + 1 : end;
    }
    return OK;
}

static enum err check_known(struct slice name, const char *const *names, struct error *error)
{
    size_t count = 0;
    for (; names[count]; count++)
        if (slice_is(name, names[count]))
            return OK;
    const char *nearest = slice_nearest(name, names, count);
    return error_set(error, ERR_INVALID_PARAMETER, "unknown query parameter \"%.*s\"%s%s%s",
                     SLICE(name), nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                     nearest ? "\"?" : "");
}

enum err query_string_read_known(struct http_request *request, const char *const *names,
                                 struct query_string *ret, struct error *error)
{
    enum err err = query_string_read(request, ret, error);
    for (size_t i = 0; !err && i < ret->count; i++) {
        struct slice name = ret->parameter[i].name;
        err = check_known(name, names, error);
        for (size_t j = 0; !err && j < i; j++)
            if (slice_equal(ret->parameter[j].name, name))
                err = error_set(error, ERR_INVALID_PARAMETER, "duplicate query parameter \"%.*s\"",
                                SLICE(name));
    }
    return err;
}

enum err query_string_read_none(struct http_request *request, struct error *error)
{
    static const char *const no_names[] = {NULL};
    struct query_string query;
    return request->query.length ? query_string_read_known(request, no_names, &query, error) : OK;
}

const struct slice *query_string_value(const struct query_string *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++)
        if (slice_is(query->parameter[i].name, name))
            return &query->parameter[i].value;
    return NULL;
}

enum err query_string_int(const struct query_string *query, const char *name, int64_t least,
                          int64_t most, int64_t fallback, int64_t *ret, struct error *error)
{
    const struct slice *value = query_string_value(query, name);
    int64_t number = fallback;
    if (value && (!slice_read_int(*value, &number) || number < least || number > most)) {
        if (most == INT64_MAX)
            return error_set(error, ERR_INVALID_PARAMETER,
                             "%s: must be an integer of at least %lld; \"%.*s\" is not", name,
                             (long long)least, SLICE(utf8_cut(*value, SHOWN_MOST)));
        return error_set(error, ERR_INVALID_PARAMETER,
                         "%s: must be an integer from %lld to %lld; \"%.*s\" is not", name,
                         (long long)least, (long long)most, SLICE(utf8_cut(*value, SHOWN_MOST)));
    }
    *ret = number;
    return OK;
}
