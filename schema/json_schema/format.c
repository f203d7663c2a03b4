/* One recogniser per format, over bytes. All of them reject characters beyond ASCII. */
#include "schema/json_schema/format.h"

#include "base/clock.h"
#include "base/error.h"

#include <arpa/inet.h>
#include <strings.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* True if c is a letter, a digit or one of `others`. */
static bool is_one_of(char c, const char *others)
{
    return is_letter(c) || is_digit(c) || (c && strchr(others, c));
}

static struct slice part(struct slice text, size_t from, size_t to)
{
    return (struct slice){text.at + from, to - from};
}

/* The index of the first c, or the text's length. */
static size_t find(struct slice text, char c)
{
    const char *at = text.length ? memchr(text.at, c, text.length) : NULL;
    return at ? (size_t)(at - text.at) : text.length;
}

static bool is_date_time(struct slice text)
{
    int64_t us;
    return clock_parse(text, &us);
}

static bool is_date(struct slice text)
{
    char whole[] = "0000-00-00T00:00:00Z";
    if (text.length != 10)
        return false;
    memcpy(whole, text.at, 10);
    return is_date_time(slice_of(whole));
}

static bool is_uuid(struct slice text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.length != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (shape[i] == 'x' ? !is_hex_digit(text.at[i]) : text.at[i] != '-')
            return false;
    return true;
}

/* Words of these characters with single dots between them. */
static bool is_dotted(struct slice text, const char *others)
{
    bool after_dot = true;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] == '.' ? after_dot : !is_one_of(text.at[i], others))
            return false;
        after_dot = text.at[i] == '.';
    }
    return !after_dot;
}

static bool is_quoted(struct slice text)
{
    if (text.length < 2 || text.at[0] != '"' || text.at[text.length - 1] != '"')
        return false;
    for (size_t i = 1; i < text.length - 1; i++) {
        if (text.at[i] == '"' || text.at[i] < ' ' || text.at[i] > '~')
            return false;
        if (text.at[i] == '\\' && ++i == text.length - 1)
            return false;
    }
    return true;
}

/* Labels of at most 63 letters, digits and inner hyphens. */
static bool is_domain(struct slice text)
{
    if (text.length == 0 || text.length > 253 || !is_dotted(text, "-"))
        return false;
    while (text.length) {
        size_t end = find(text, '.');
        if (end > 63 || text.at[0] == '-' || text.at[end - 1] == '-')
            return false;
        text = end == text.length ? part(text, end, end) : part(text, end + 1, text.length);
    }
    return true;
}

/* [192.0.2.1] or [IPv6:2001:db8::1]. */
static bool is_address_literal(struct slice text)
{
    char inner[64];
    if (text.length < 3 || text.length > sizeof inner || text.at[0] != '[' ||
        text.at[text.length - 1] != ']' || memchr(text.at, '\0', text.length))
        return false;
    memcpy(inner, text.at + 1, text.length - 2);
    inner[text.length - 2] = '\0';
    unsigned char address[16];
    if (strncmp(inner, "IPv6:", 5) == 0)
        return inet_pton(AF_INET6, inner + 5, address) == 1;
    return inet_pton(AF_INET, inner, address) == 1;
}

static bool is_email(struct slice text)
{
    const char *at = text.length ? memrchr(text.at, '@', text.length) : NULL;
    if (!at)
        return false;
    size_t split = (size_t)(at - text.at);
    struct slice local = part(text, 0, split), domain = part(text, split + 1, text.length);
    return local.length <= 64 && (is_dotted(local, "!#$%&'*+-/=?^_`{|}~") || is_quoted(local)) &&
           (is_domain(domain) || is_address_literal(domain));
}

/* Characters of a URI, percent-encoding included; `others` beside unreserved and sub-delims. */
static bool is_uri_text(struct slice text, const char *others)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] == '%') {
            if (i + 2 >= text.length || !is_hex_digit(text.at[i + 1]) ||
                !is_hex_digit(text.at[i + 2]))
                return false;
            i += 2;
        } else if (!is_one_of(text.at[i], "-._~!$&'()*+,;=") &&
                   !(text.at[i] && strchr(others, text.at[i]))) {
            return false;
        }
    }
    return true;
}

static bool is_port(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_digit(text.at[i]))
            return false;
    return true;
}

/* [userinfo@]host[:port], the host perhaps an IP address in brackets. */
static bool is_authority(struct slice text)
{
    size_t user = find(text, '@');
    if (user < text.length) {
        if (!is_uri_text(part(text, 0, user), ":"))
            return false;
        text = part(text, user + 1, text.length);
    }
    size_t host = 0;
    if (text.length && text.at[0] == '[') {
        host = find(text, ']') + 1;
        if (host > text.length || !is_uri_text(part(text, 1, host - 1), ":"))
            return false;
    } else {
        host = find(text, ':');
        if (!is_uri_text(part(text, 0, host), ""))
            return false;
    }
    return host == text.length ||
           (text.at[host] == ':' && is_port(part(text, host + 1, text.length)));
}

/* What follows the scheme: [//authority]path[?query][#fragment]. */
static bool is_behind_scheme(struct slice text)
{
    size_t fragment = find(text, '#');
    if (fragment < text.length && !is_uri_text(part(text, fragment + 1, text.length), ":@/?"))
        return false;
    text = part(text, 0, fragment);
    size_t query = find(text, '?');
    if (query < text.length && !is_uri_text(part(text, query + 1, text.length), ":@/?"))
        return false;
    text = part(text, 0, query);
    if (text.length >= 2 && text.at[0] == '/' && text.at[1] == '/') {
        text = part(text, 2, text.length);
        size_t path = find(text, '/');
        if (!is_authority(part(text, 0, path)))
            return false;
        text = part(text, path, text.length);
    }
    return is_uri_text(text, ":@/");
}

/* Length of "scheme:", or 0 if the text does not begin with one. */
static size_t scheme_length(struct slice text)
{
    size_t i = 0;
    while (i < text.length && is_one_of(text.at[i], "+-."))
        i++;
    return i > 0 && i < text.length && text.at[i] == ':' && is_letter(text.at[0]) ? i + 1 : 0;
}

static bool is_uri(struct slice text)
{
    size_t scheme = scheme_length(text);
    return scheme > 0 && is_behind_scheme(part(text, scheme, text.length));
}

bool format_is_uri_reference(struct slice text)
{
    size_t first_colon = find(text, ':');
    return is_uri(text) || (is_behind_scheme(text) &&
                            (find(text, '/') < first_colon || find(text, '?') < first_colon ||
                             find(text, '#') < first_colon || first_colon == text.length));
}

static const struct {
    const char *name, *description;
    bool (*fits)(struct slice text);
} formats[FORMAT_COUNT] = {
    [FORMAT_DATE_TIME] = {"date-time", "a time like 2026-11-23T10:00:00Z (RFC 3339)", is_date_time},
    [FORMAT_DATE] = {"date", "a date like 2026-11-23", is_date},
    [FORMAT_UUID] = {"uuid", "a UUID like 123e4567-e89b-12d3-a456-426614174000", is_uuid},
    [FORMAT_EMAIL] = {"email", "an e-mail address like name@example.org", is_email},
    [FORMAT_URI] = {"uri", "a URI with its scheme, like https://example.org/", is_uri},
};

enum format format_find(const char *name)
{
    for (int i = FORMAT_NONE + 1; i < FORMAT_COUNT; i++)
        if (strcmp(formats[i].name, name) == 0)
            return (enum format)i;
    return FORMAT_NONE;
}

const char *format_name(enum format format)
{
    return formats[format].name;
}

const char *format_description(enum format format)
{
    return formats[format].description;
}

bool format_fits(enum format format, struct slice text)
{
    REQUIRE(format > FORMAT_NONE && format < FORMAT_COUNT);
    return formats[format].fits(text);
}

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

bool format_is_json_media(struct slice media)
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
