/* How a bounded number of bytes is divided between client addresses.
 *
 * A site is an IPv4 address or 48 bits of an IPv6 address; a network is 64 bits of an IPv6 address, or
 * a site's IPv4 address. Of n sites that hold something, each may hold a share of 1/(n + 1), or more
 * as long as it leaves as much free for others (the dynamic threshold of Choudhury and Hahne, 1998):
 * one site at most half, two a third each, and so on. The networks of a site have equal parts of its
 * share. Guarded by the caller.
 */
#pragma once

#include "http/http_addresses.h"

#include <stddef.h>

/* What a network or a site holds. */
struct http_share {
    struct http_share *next, *previous;
    struct http_share *site; /* of a network; NULL: this is a site */
    struct http_address address;
    size_t bytes;
    unsigned parts; /* holders of a network, networks of a site */
};

struct http_share_list {
    struct http_share *first, *last;
};

/* Zeroed: empty. Short lists: they have only what holds something, and the bytes are bounded. */
struct http_shares {
    size_t most_bytes;
    size_t bytes; /* held together */
    struct http_share_list networks, sites;
};

/* One more holder with this address, and one fewer: its network. */
struct http_share *http_share_join(struct http_shares *shares, const struct http_address *address);
void http_share_leave(struct http_shares *shares, struct http_share *network);

/* The network holds `more` bytes, modulo 2^64, so that it may hold fewer. */
void http_share_add(struct http_shares *shares, struct http_share *network, size_t more);

/* A holder that requests memory, and what it is entitled to. Valid until the shares change. */
struct http_entitlement {
    const struct http_share *network, *site; /* NULL: nothing is held there yet */
    size_t own_bytes;                        /* that the holder holds already */
    size_t free;                             /* of all bytes, including own_bytes */
    size_t network_others, site_others;      /* held by others of the network, of the site */
    size_t fair_network, fair_site;
};

struct http_entitlement http_share_entitle(const struct http_shares *shares,
                                           const struct http_address *address, size_t own_bytes);

/* The most that the holder may hold: as much as its site leaves free, or the site's fair share if that
 * much is free. */
size_t http_share_limit(const struct http_entitlement *entitled);
