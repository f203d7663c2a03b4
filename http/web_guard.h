/* Keeps web pages out that a browser on this machine happens to show: annal asks for no password,
 * and a browser sends what any page tells it to.
 *
 * A write is refused if the browser says that a page of another origin sends it (Fetch Metadata;
 * else the Origin header, RFC 6454). Any request is refused under a name that is not ours: a page
 * whose own name is made to resolve to our address ("DNS rebinding") would be of our origin, but
 * still goes by its name. Clients that are no browsers send none of this and are not concerned.
 */
#pragma once

#include "http/http_request.h"

struct web_guard {
    const char *names; /* it may be called by, separated by commas; borrowed */
    bool any_name;
};

/* Addresses, localhost and these names are ours; NULL or "": no others if `address` ("ADDR:PORT")
 * is a loopback one, else all. */
void web_guard_init(struct web_guard *guard, const char *address, const char *names);

/* ERR_CROSS_ORIGIN, ERR_UNKNOWN_HOST. */
MUST_CHECK enum err web_guard_check(const struct web_guard *guard,
                                    const struct http_request *request, struct error *error);
