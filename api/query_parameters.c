/* Just enough of SQL's tokens to know what is not a parameter. */
#include "api/query_parameters.h"

#define PARAMETERS_MOST 64

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static const char *find(const char *at, const char *end, const char *what)
{
    size_t length = strlen(what);
    for (; at < end; at++)
        if ((size_t)(end - at) >= length && memcmp(at, what, length) == 0)
            return at + length;
    return end;
}

/* Behind the string, quoted name or comment that begins here; `at` itself if none does. */
static const char *skip_quoted(const char *at, const char *end)
{
    if (*at == '\'' || *at == '"' || *at == '`')
        return find(at + 1, end, (char[]){*at, '\0'});
    if (end - at >= 2 && at[0] == '-' && at[1] == '-')
        return find(at, end, "\n");
    if (end - at >= 2 && at[0] == '/' && at[1] == '*')
        return find(at + 2, end, "*/");
    return at;
}

static bool is_among(struct slice name, const struct slice *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(names[i], name))
            return true;
    return false;
}

void query_parameters_each(struct slice sql, void (*each)(void *context, struct slice name),
                           void *context)
{
    struct slice seen[PARAMETERS_MOST];
    size_t count = 0;
    const char *at = sql.at, *end = sql.at + sql.length;
    while (at < end && count < PARAMETERS_MOST) {
        const char *behind = skip_quoted(at, end);
        if (behind == at && *at == ':') {
            const char *start = at + 1;
            for (behind = start; behind < end && is_name(*behind); behind++)
                ;
            struct slice name = {start, (size_t)(behind - start)};
            if (name.length && !is_among(name, seen, count)) {
                seen[count++] = name;
                each(context, name);
            }
        }
        at = behind == at ? at + 1 : behind;
    }
}
