/* How many connections each client address has open, so that one address cannot take them all.
 *
 * An address is an IPv4 address, or 64 bits of an IPv6 address: a provider assigns at least that much
 * to a client. It may assign up to 16 bits more, so a site (48 bits) is bounded too, to 1.5 times as
 * many connections. Any thread.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#define HTTP_ADDRESS_BYTES 8

struct http_address {
    unsigned char bytes[HTTP_ADDRESS_BYTES];
};

/* The first 48 bits, followed by zeros; an IPv4 address is itself a site. */
struct http_address http_address_site(const struct http_address *address);

struct http_addresses {
    unsigned most, site_most; /* connections of one address, one site */
    pthread_mutex_t mutex;
    void *tree, *sites; /* of those that have connections */
};

void http_addresses_init(struct http_addresses *addresses, unsigned most);
/* Every connection must have been given back. */
void http_addresses_finish(struct http_addresses *addresses);

/* Counts one more connection of this address. False, and it is not counted, if the address or its site
 * has reached its limit. The caller gives back `ret_address`. */
bool http_addresses_take(struct http_addresses *addresses, const struct sockaddr *client,
                         struct http_address *ret_address);
void http_addresses_give_back(struct http_addresses *addresses, const struct http_address *address);
