/* Rejects requests of web pages that a browser on this machine shows: annal asks for no password, and a
 * browser sends any request that a page makes.
 *
 * A write is rejected if the browser reports that a page of another origin sends it (Fetch Metadata,
 * else the Origin header, RFC 6454). Any request is rejected if Host names another server: a page whose
 * name is made to resolve to our address ("DNS rebinding") has our origin, but still sends its own
 * name. Clients that are not browsers send none of these headers and are not affected.
 */
#pragma once

#include "http/http_request.h"

struct web_guard {
    const char *names; /* that Host may have, separated by commas; borrowed */
    bool any_name;
};

/* ERR_USAGE unless `names` (may be NULL or "") are host names, separated by commas: a name with a scheme or a
 * port never equals one in Host. */
MUST_CHECK enum err web_guard_check_names(const char *names, struct error *error);

/* Accepts addresses, localhost and these names. NULL or "": no other names if `address` ("ADDR:PORT")
 * is a loopback address, else all. */
void web_guard_init(struct web_guard *guard, const char *address, const char *names);

/* ERR_CROSS_ORIGIN, ERR_UNKNOWN_HOST. */
MUST_CHECK enum err web_guard_check(const struct web_guard *guard,
                                    const struct http_request *request, struct error *error);
