/* The algorithm of RFC 3986 §5.2.2 over slices. It accepts any text: a text that is not a URI gives
 * a result that equals only itself. */
#include "schema/json_schema/schema_compiler.h"

/* Each with its delimiter ("http:", "//host", "?query"), so that an empty slice is an absent part.
 */
struct uri_parts {
    struct slice scheme, authority, path, query, fragment;
};

/* Removes the text before the first delimiter from the rest and returns it. */
static struct slice take_until(struct slice *rest, const char *delimiters)
{
    size_t length = 0;
    while (length < rest->length && !strchr(delimiters, rest->at[length]))
        length++;
    struct slice part = {rest->at, length};
    *rest = (struct slice){rest->at + length, rest->length - length};
    return part;
}

static struct slice take_scheme(struct slice *rest)
{
    struct slice behind = *rest;
    struct slice scheme = take_until(&behind, ":/?#");
    if (scheme.length == 0 || behind.length == 0 || behind.at[0] != ':')
        return (struct slice){"", 0};
    scheme.length++;
    *rest = (struct slice){behind.at + 1, behind.length - 1};
    return scheme;
}

static struct slice take_authority(struct slice *rest)
{
    if (rest->length < 2 || memcmp(rest->at, "//", 2) != 0)
        return (struct slice){"", 0};
    struct slice behind = {rest->at + 2, rest->length - 2};
    struct slice host = take_until(&behind, "/?#");
    *rest = behind;
    return (struct slice){host.at - 2, host.length + 2};
}

static struct uri_parts split(struct slice text)
{
    struct uri_parts parts;
    parts.scheme = take_scheme(&text);
    parts.authority = take_authority(&text);
    parts.path = take_until(&text, "?#");
    parts.query = take_until(&text, "#");
    parts.fragment = text.length ? (struct slice){text.at + 1, text.length - 1} : text;
    return parts;
}

/* Removes the last segment and its slash from the text behind `start`. */
static void drop_segment(struct text *out, size_t start)
{
    while (out->length > start && out->at[--out->length] != '/')
        ;
    text_reserve(out, 0)[0] = '\0';
}

/* Adds the path without its segments "." and "..". */
static void add_path(struct slice path, struct text *out)
{
    size_t start = out->length;
    while (path.length > 0) {
        size_t slash = path.at[0] == '/';
        struct slice name = {path.at + slash, path.length - slash};
        struct slice behind = name;
        name = take_until(&behind, "/");
        bool up = slice_is(name, "..");
        if (up)
            drop_segment(out, start);
        if (!up && !slice_is(name, "."))
            text_add_slice(out, (struct slice){path.at, slash + name.length});
        else if (behind.length == 0)
            text_add_char(out, '/');
        path = behind;
    }
}

/* The base's path up to its last slash, and the reference's behind it. */
static void add_merged_path(const struct uri_parts *base, struct slice path, struct text *out)
{
    AUTO(text) struct text merged = {0};
    struct slice directory = base->path;
    while (directory.length > 0 && directory.at[directory.length - 1] != '/')
        directory.length--;
    text_add_slice(&merged, directory);
    if (base->authority.length && base->path.length == 0)
        text_add_char(&merged, '/');
    text_add_slice(&merged, path);
    add_path(text_slice(&merged), out);
}

struct slice uri_reference_resolve(struct slice base_text, struct slice reference, struct text *out)
{
    struct uri_parts base = split(base_text), parts = split(reference);
    bool own_scheme = parts.scheme.length > 0, own_host = own_scheme || parts.authority.length > 0;
    text_add_slice(out, own_scheme ? parts.scheme : base.scheme);
    text_add_slice(out, own_host ? parts.authority : base.authority);
    if (!own_host && parts.path.length == 0)
        text_add_slice(out, base.path);
    else if (own_host || parts.path.at[0] == '/')
        add_path(parts.path, out);
    else
        add_merged_path(&base, parts.path, out);
    bool own_query = own_host || parts.path.length > 0 || parts.query.length > 0;
    text_add_slice(out, own_query ? parts.query : base.query);
    return parts.fragment;
}
