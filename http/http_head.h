/* The head of a request, checked against RFC 9112 before anything of the request is used.
 *
 * libmicrohttpd 0.9.75 repairs what it should reject: it ends lines at a bare LF, cuts values at a
 * NUL, joins folded lines to the header's name and keeps a space before the colon in it. A proxy
 * that reads the same bytes another way then sees other requests than this server does. The library
 * parses in place, though: it replaces the colon and CR LF with NULs and copies nothing. So a head
 * that lies in memory exactly as
 *
 *     method \0 target \0 version \0\0  { name \0 blanks value \0\0 }  \0\0
 *
 * without a gap arrived as RFC 9112 §2.1 requires. Whatever the library repaired leaves a
 * gap and is rejected, and so is every head if another version of the library lays it out
 * differently. One sequence cannot be distinguished: NUL LF looks like CR LF
 * (docs/decisions/0020-the-head-is-checked-where-it-lies.md).
 *
 * The library may have decoded the target in place by now, so only its position is checked here; its
 * end is where it was when the target arrived.
 */
#pragma once

#include "http/http_request.h"

struct http_head {
    const char *next; /* where the next line must begin */
    const char *end;
    const char *last_name; /* the previous header, for messages; "" at first */
};

struct http_head_line {
    const char *method, *target, *target_end, *version;
};

/* Begins with the request line; the head has `bytes` from its method to its empty line's end. As
 * all below, fails with ERR_BAD_REQUEST. */
MUST_CHECK enum err http_head_begin(struct http_head *head, const struct http_head_line *line,
                                    size_t bytes, struct error *error);

/* The next header. */
MUST_CHECK enum err http_head_take(struct http_head *head, struct slice name, struct slice value,
                                   struct error *error);

/* After the last header. */
MUST_CHECK enum err http_head_end(const struct http_head *head, struct error *error);

/* Host, target and the length of the body, when all headers are known: one Host that is valid (may
 * be missing from HTTP/1.0), a target that begins with '/' or whose authority is that Host, and a
 * body that has at most one length (RFC 9112 §3.2, §6.1, §6.3). An absolute target stands for a
 * Host that is missing. */
MUST_CHECK enum err http_head_check(struct http_request *request, const char *version,
                                    struct error *error);
