/* Reads the `--bus` option. Error messages do not repeat the value: it may contain a password. */
#include "bus/bus_url.h"

#include "base/encoding.h"
#include "base/text.h"

#define SCHEME "amqp://"

/* The part of `rest` before the first `mark`; `rest` becomes the part behind it. False, with nothing
 * changed, if `rest` has no such mark. */
static bool cut_at(struct slice *rest, char mark, struct slice *ret_before)
{
    const char *found = memchr(rest->at, mark, rest->length);
    if (!found)
        return false;
    size_t length = (size_t)(found - rest->at);
    *ret_before = (struct slice){rest->at, length};
    *rest = (struct slice){found + 1, rest->length - length - 1};
    return true;
}

static enum err decode(struct slice part, const char *what, char *out, size_t size,
                       struct error *error)
{
    AUTO(text) struct text text = {0};
    if (!encoding_read_percent(part, false, &text))
        return error_set(error, ERR_USAGE, "--bus: the %s has a malformed percent-encoding", what);
    if (text.length >= size)
        return error_set(error, ERR_USAGE, "--bus: the %s is longer than %zu bytes", what,
                         size - 1);
    struct slice decoded = text_slice(&text);
    memcpy(out, decoded.at, decoded.length);
    out[decoded.length] = '\0';
    return OK;
}

static enum err read_user(struct slice user_info, struct bus_url *url, struct error *error)
{
    struct slice user, password = user_info;
    if (!cut_at(&password, ':', &user))
        return decode(user_info, "user", url->user, sizeof url->user, error);
    enum err err = decode(user, "user", url->user, sizeof url->user, error);
    return err ? err : decode(password, "password", url->password, sizeof url->password, error);
}

static enum err read_port(struct slice text, struct bus_url *url, struct error *error)
{
    int64_t port = 0;
    if (!slice_read_int(text, &port) || port < 1 || port > 65535)
        return error_set(error, ERR_USAGE, "--bus: the port is not a number from 1 to 65535");
    url->port = (int)port;
    return OK;
}

static enum err read_host(struct slice address, struct bus_url *url, struct error *error)
{
    struct slice host = address, rest = address;
    if (address.length > 0 && address.at[0] == '[') { /* IPv6, RFC 3986 §3.2.2 */
        rest = (struct slice){address.at + 1, address.length - 1};
        if (!cut_at(&rest, ']', &host) || (rest.length > 0 && rest.at[0] != ':'))
            return error_set(error, ERR_USAGE, "--bus: the address after [ must end with ]");
        if (rest.length > 0)
            rest = (struct slice){rest.at + 1, rest.length - 1};
    } else if (!cut_at(&rest, ':', &host))
        rest.length = 0;
    if (host.length == 0)
        return error_set(error, ERR_USAGE, "--bus: the host is missing after " SCHEME);
    enum err err = rest.length > 0 ? read_port(rest, url, error) : OK;
    return err ? err : decode(host, "host", url->host, sizeof url->host, error);
}

static enum err read_amqp(struct slice rest, struct bus_url *url, struct error *error)
{
    struct slice authority = rest, vhost = rest, user_info;
    if (!cut_at(&vhost, '/', &authority))
        vhost.length = 0;
    if (memchr(rest.at, '?', rest.length) || memchr(vhost.at, '/', vhost.length))
        return error_set(error, ERR_USAGE,
                         "--bus: only /vhost may follow the host, percent-encoded (%%2F, %%3F)");
    enum err err = OK;
    if (cut_at(&authority, '@', &user_info))
        err = read_user(user_info, url, error);
    if (!err)
        err = read_host(authority, url, error);
    if (!err && vhost.length > 0)
        err = decode(vhost, "vhost", url->vhost, sizeof url->vhost, error);
    return err;
}

enum err bus_url_read(const char *text, struct bus_url *ret_url, struct error *error)
{
    struct bus_url url = {.user = "guest", .password = "guest", .vhost = "/", .port = 5672};
    if (strcmp(text, "log:") == 0)
        url.is_log = true;
    else if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
        return error_set(error, ERR_USAGE, /* without the value: it may contain a password */
                         "--bus: must be log: or amqp://user:password@host:port/vhost");
    enum err err = url.is_log ? OK : read_amqp(slice_of(text + strlen(SCHEME)), &url, error);
    if (!err)
        *ret_url = url;
    return err;
}
