/* Which of several forms of an answer a client wants (RFC 9110 §12). */
#pragma once

#include "http/http_request.h"

/* The place of the media type Accept wants most among `types`, which are closed by a NULL and stand
 * in the order of our liking; tells caches by Vary that there are several. ERR_NOT_ACCEPTABLE tells
 * which there are. */
MUST_CHECK enum err negotiation_choose(struct http_request *request, const char *const *types,
                                       int *ret_chosen, struct error *error);

/* True unless Accept-Encoding rules this content coding out, by leaving it out or giving it q=0. */
bool negotiation_takes_coding(const struct http_request *request, const char *coding);
