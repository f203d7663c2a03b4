/* How many connections each client address has open, so that one address cannot take all.
 *
 * An address is all of an IPv4 address, or 64 bits of an IPv6 address: a provider hands out no
 * fewer to a client. It hands out up to 16 bits more, so that a site, 48 bits, is bounded too: to
 * half as many connections again. Any thread.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#define HTTP_ADDRESS_BYTES 8

struct http_address {
    unsigned char bytes[HTTP_ADDRESS_BYTES];
};

/* Its first 48 bits, followed by zeros; an IPv4 address is a site of its own. */
struct http_address http_address_site(const struct http_address *address);

struct http_addresses {
    unsigned most, site_most; /* connections of one address, one site */
    pthread_mutex_t mutex;
    void *tree, *sites; /* of those that have any */
};

void http_addresses_init(struct http_addresses *addresses, unsigned most);
/* All connections have been given back. */
void http_addresses_finish(struct http_addresses *addresses);

/* One more connection of this address; false, and none is counted, if it or its site has the most.
 * `ret_address` is what to give back. */
bool http_addresses_take(struct http_addresses *addresses, const struct sockaddr *client,
                         struct http_address *ret_address);
void http_addresses_give_back(struct http_addresses *addresses, const struct http_address *address);
