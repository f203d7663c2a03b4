/* If-Match and If-None-Match (RFC 9110 §13). Entity tags of streams are their versions: "3". */
#pragma once

#include "http/http_request.h"

/* The expected version of a write: EXPECT_… of write_model/command_request.h, or a version. A tag that
 * can never match (weak, or no version) becomes a version no stream reaches. ERR_BAD_REQUEST if a header
 * is malformed, names several tags, or both are given. */
MUST_CHECK enum err precondition_read(const struct http_request *request, int64_t *ret_expected,
                                      struct error *error);

/* True if If-None-Match lists this tag (quoted), weakly compared, or is *: a GET is answered 304.
 * False for a malformed list. */
bool precondition_none_match_has(const struct http_request *request, const char *etag);
