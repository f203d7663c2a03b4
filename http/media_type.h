/* Media types in Content-Type and Accept (RFC 9110 §8.3, §12.5.1). */
#pragma once

#include "http/http_request.h"

/* True if a Content-Type is `type` ("application/json"), in any case and with any parameters but a
 * charset other than UTF-8. False for NULL. */
bool media_type_is(const char *content_type, const char *type);

/* True unless a Content-Type names a charset other than UTF-8. */
bool media_type_is_utf8(const char *content_type);

/* True if the Content-Type begins with `prefix`, ignoring case. */
bool media_type_begins(const char *content_type, const char *prefix);

/* True unless `accept` excludes `type`, by omitting it or with q=0. NULL accepts all. */
bool media_type_accepts(const char *accept, const char *type);

/* The index of the type that `accept` (NULL: not given) prefers: by quality, then by how exactly it
 * names the type, then by the order of `types`, which end with NULL; -1 if it excludes all. */
int media_type_choose(const char *accept, const char *const *types);

/* The same for a request, whose answer gets "Vary: Accept". ERR_NOT_ACCEPTABLE lists the types. */
MUST_CHECK enum err media_type_negotiate(struct http_request *request, const char *const *types,
                                         int *ret_chosen, struct error *error);
