/* A page cannot make a browser omit or change Sec-Fetch-Site, Origin and Host. */
#include "http/web_guard.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <strings.h>

#define SHOWN_MOST 200 /* bytes of a host in an error */

/* A host name as Host can have it (RFC 9110 §7.2), which excludes schemes, ports, blanks and empty names. */
static bool is_host_name(struct slice name)
{
    if (name.length == 0)
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (!isalnum((unsigned char)name.at[i]) && !strchr("-._", name.at[i]))
            return false;
    return true;
}

enum err web_guard_check_names(const char *names, struct error *error)
{
    for (const char *at = names && names[0] ? names : NULL; at;) {
        size_t length = strcspn(at, ",");
        if (!is_host_name((struct slice){at, length}))
            return error_set(error, ERR_USAGE,
                             "--hosts %s: must be host names without scheme or port, separated by "
                             "commas",
                             names);
        at = at[length] ? at + length + 1 : NULL;
    }
    return OK;
}

void web_guard_init(struct web_guard *guard, const char *address, const char *names)
{
    bool local = strncmp(address, "127.", 4) == 0 || strncmp(address, "[::1]", 5) == 0;
    guard->names = names ? names : "";
    guard->any_name = !guard->names[0] && !local;
}

/* --- the host --------------------------------------------------------------------------------- */

static bool equals(struct slice slice, const char *text)
{
    return slice.length == strlen(text) && strncasecmp(slice.at, text, slice.length) == 0;
}

static bool ends_with(struct slice slice, const char *end)
{
    size_t length = strlen(end);
    return slice.length > length &&
           equals((struct slice){slice.at + slice.length - length, length}, end);
}

/* An address is never resolved, so it cannot be redirected. */
static bool is_address(struct slice host)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    if (host.length > 0 && host.at[0] == '[')
        return true;
    if (host.length >= sizeof text)
        return false;
    memcpy(text, host.at, host.length);
    text[host.length] = '\0';
    return inet_pton(AF_INET, text, &address) == 1;
}

static bool is_among(struct slice host, const char *names)
{
    for (size_t length; *names; names += length + (names[length] == ',')) {
        length = strcspn(names, ",");
        if (host.length == length && strncasecmp(host.at, names, length) == 0)
            return true;
    }
    return false;
}

/* Without the port. */
static struct slice host_name(const char *authority)
{
    const char *bracket = strrchr(authority, ']');
    return (struct slice){authority,
                          (size_t)(strchrnul(bracket ? bracket : authority, ':') - authority)};
}

/* With any port: the request may have come through a tunnel. */
static bool is_ours(const struct web_guard *guard, struct slice host)
{
    return guard->any_name || is_address(host) || equals(host, "localhost") ||
           ends_with(host, ".localhost") || is_among(host, guard->names);
}

/* --- the origin ------------------------------------------------------------------------------- */

static bool only_reads(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* "http://localhost:8080" and "localhost:8080". The scheme may differ: a proxy may speak TLS. */
static bool is_origin_of(const char *origin, const char *host)
{
    const char *authority = strstr(origin, "://");
    return authority && host && strcasecmp(authority + 3, host) == 0;
}

/* Sec-Fetch-Site comes first: behind a proxy, Host may be another name of this server. */
static bool comes_from_elsewhere(const struct http_request *request)
{
    const char *site = http_request_header(request, HTTP_SEC_FETCH_SITE);
    const char *origin = http_request_header(request, HTTP_ORIGIN);
    if (site)
        return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    return origin && !is_origin_of(origin, http_request_header(request, HTTP_HOST));
}

enum err web_guard_check(const struct web_guard *guard, const struct http_request *request,
                         struct error *error)
{
    const char *host = http_request_header(request, HTTP_HOST);
    struct slice name = host ? host_name(host) : (struct slice){0};
    if (name.length > SHOWN_MOST)
        name.length = SHOWN_MOST;
    if (host && !is_ours(guard, host_name(host)))
        return error_set(error, ERR_UNKNOWN_HOST,
                         "annal does not serve the host \"%.*s\": use localhost or an address, or "
                         "start annal with --hosts %.*s",
                         SLICE(name), SLICE(name));
    if (!only_reads(request->method) && comes_from_elsewhere(request))
        return error_set(error, ERR_CROSS_ORIGIN,
                         "a browser sent this on behalf of a page from another origin; serve the "
                         "page under the same host and port as annal, through a proxy");
    return OK;
}
