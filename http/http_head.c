/* Each connection's HTTP thread checks the heads of its requests. */
#include "http/http_head.h"

#include "base/utf8.h"

#include <strings.h>

#define VERSION_BYTES 8 /* "HTTP/1.1" */

/* --- characters ------------------------------------------------------------------------------- */

static bool is_letter_or_digit(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_among(unsigned char c, const char *characters)
{
    return c && strchr(characters, c);
}

/* RFC 9110 §5.6.2. */
static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (!is_letter_or_digit(c) && c != '-' && !is_among(c, "_!#$%&'*+.^`|~"))
            return false;
    }
    return text.length > 0;
}

/* Of control characters only the tab (RFC 9110 §5.5). */
static bool is_field_value(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

/* Neither blanks nor control characters. */
static bool is_visible(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.at[i] <= 0x20 || text.at[i] == 0x7F)
            return false;
    return true;
}

/* --- the head's lines ------------------------------------------------------------------------- */

static enum err refuse_line(const struct http_head *head, struct error *error)
{
    return error_set(error, ERR_BAD_REQUEST,
                     "the line after %s is malformed: each line of the head must be "
                     "\"name: value\" on one line, without NUL, and end with CR LF",
                     head->last_name[0] ? head->last_name : "the request line");
}

/* The library has replaced CR LF by two NULs, and a bare LF by one. */
static enum err take_line_end(struct http_head *head, const char *line_end, struct error *error)
{
    if (head->end - line_end < 2 || line_end[0] || line_end[1])
        return refuse_line(head, error);
    head->next = line_end + 2;
    return OK;
}

enum err http_head_begin(struct http_head *head, const struct http_head_line *line, size_t bytes,
                         struct error *error)
{
    struct slice method = slice_of(line->method);
    *head = (struct http_head){line->method, line->method + bytes, ""};
    if (!is_token(method))
        return error_set(error, ERR_BAD_REQUEST, "the method is not a token of RFC 9110");
    if (line->target != method.at + method.length + 1 || line->version != line->target_end + 1 ||
        strlen(line->version) != VERSION_BYTES)
        return error_set(error, ERR_BAD_REQUEST,
                         "the request line must be method, target and version with one space "
                         "between them and no NUL");
    return take_line_end(head, line->version + VERSION_BYTES, error);
}

enum err http_head_take(struct http_head *head, struct slice name, struct slice value,
                        struct error *error)
{
    if (name.at != head->next || value.at <= name.at + name.length)
        return refuse_line(head, error);
    if (!is_token(name))
        return error_set(error, ERR_BAD_REQUEST,
                         "the header name \"%.*s\" is not a token followed by a colon",
                         SLICE(utf8_cut(name, 100)));
    if (!is_field_value(value))
        return error_set(error, ERR_BAD_REQUEST, "the header %s contains a control character",
                         utf8_cut(name, 100).at);
    head->last_name = name.at;
    return take_line_end(head, value.at + value.length, error);
}

enum err http_head_end(const struct http_head *head, struct error *error)
{
    if (head->end - head->next != 2 || head->next[0] || head->next[1])
        return refuse_line(head, error);
    return OK;
}

/* --- the headers together --------------------------------------------------------------------- */

/* host [ ":" port ], the host a name or an address (RFC 3986 §3.2, without user information). */
static bool is_authority(const char *text)
{
    const char *port = strrchr(text, text[0] == '[' ? ']' : ':');
    if (text[0] == '[' && (!port++ || (port[0] && port[0] != ':')))
        return false;
    size_t host = port ? (size_t)(port - text) : strlen(text);
    for (size_t i = 0; i < host; i++)
        if (!is_letter_or_digit((unsigned char)text[i]) &&
            !is_among((unsigned char)text[i], text[0] == '[' ? "[]:.%-" : "-._~%!$&'()*+;="))
            return false;
    return !port || port[0] == '\0' || strspn(port + 1, "0123456789") == strlen(port + 1);
}

static enum err check_host(struct http_request *request, const char *version, struct error *error)
{
    const char *host = http_request_header(request, HTTP_HOST);
    if (!host && strcmp(version, "HTTP/1.0") != 0)
        return error_set(error, ERR_BAD_REQUEST, "the header Host is missing");
    if (host && !is_authority(host))
        return error_set(error, ERR_BAD_REQUEST,
                         "the header Host is \"%.200s\"; it must be host or host:port", host);
    return OK;
}

/* RFC 9112 §3.2: /path, http://host/path, or * to OPTIONS. */
static enum err check_target(struct http_request *request, struct error *error)
{
    const char *host = http_request_header(request, HTTP_HOST);
    struct slice authority = request->authority;
    if (!is_visible(request->path) || !is_visible(request->query))
        return error_set(error, ERR_BAD_REQUEST,
                         "the request target contains a blank or a control character");
    if (!authority.at) {
        bool asterisk = slice_is(request->path, "*") && strcmp(request->method, "OPTIONS") == 0;
        return asterisk || (request->path.length && request->path.at[0] == '/')
                   ? OK
                   : error_set(error, ERR_BAD_REQUEST,
                               "the request target must begin with / or http://");
    }
    if (!authority.length || !is_authority(authority.at))
        return error_set(error, ERR_BAD_REQUEST, "the host in the request target is not valid");
    if (!host)
        request->header[HTTP_HOST] = authority.at;
    else if (strcasecmp(authority.at, host) != 0)
        return error_set(error, ERR_BAD_REQUEST,
                         "the request target has the host \"%.200s\", the header Host \"%.200s\"",
                         authority.at, host);
    return OK;
}

/* RFC 9112 §6.1, §6.3: a request whose length is ambiguous may hide a second one. */
static enum err check_length(const struct http_request *request, const char *version,
                             struct error *error)
{
    const char *encoding = http_request_header(request, HTTP_TRANSFER_ENCODING);
    const char *length = http_request_header(request, HTTP_CONTENT_LENGTH);
    if (encoding && length)
        return error_set(error, ERR_BAD_REQUEST,
                         "Content-Length and Transfer-Encoding cannot be combined");
    if (encoding && strcmp(version, "HTTP/1.0") == 0)
        return error_set(error, ERR_BAD_REQUEST, "HTTP/1.0 does not define Transfer-Encoding");
    if (encoding && strcasecmp(encoding, "chunked") != 0)
        return error_set(error, ERR_BAD_REQUEST,
                         "annal supports no Transfer-Encoding except chunked");
    if (length && (!length[0] || length[strspn(length, "0123456789")]))
        return error_set(error, ERR_BAD_REQUEST, "Content-Length must be a number of bytes");
    return OK;
}

enum err http_head_check(struct http_request *request, const char *version, struct error *error)
{
    enum err err = check_host(request, version, error);
    if (!err)
        err = check_target(request, error);
    return err ? err : check_length(request, version, error);
}
