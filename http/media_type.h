/* Media types in Content-Type and Accept (RFC 9110 §8.3, §12.5.1). */
#pragma once

#include "base/error.h"

/* True if a Content-Type is `type` ("application/json"), whatever its parameters and case. A
 * charset other than UTF-8 is not understood: false. NULL is no type. */
bool media_type_is(const char *content_type, const char *type);

/* True unless a Content-Type names a charset other than UTF-8. */
bool media_type_is_utf8(const char *content_type);

/* True if the Content-Type begins with `prefix`, ignoring case. */
bool media_type_begins(const char *content_type, const char *prefix);

/* True unless `accept` rules `type` out, by leaving it out or giving it q=0. NULL accepts all. */
bool media_type_accepts(const char *accept, const char *type);

/* The type (of those before a NULL, the one we like best first) that `accept` (NULL: not given)
 * wants most, by quality, then by how exactly it is named, then by our liking; -1 if all are ruled
 * out. */
int media_type_choose(const char *accept, const char *const *types);
