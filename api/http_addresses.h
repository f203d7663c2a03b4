/* How many connections each client address has open, so that one address cannot take all. The first
 * 64 bits of an IPv6 address count as one: a network hands out no fewer to a client. Any thread. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#define HTTP_ADDRESS_BYTES 8

struct http_address {
    unsigned char bytes[HTTP_ADDRESS_BYTES];
};

struct http_addresses {
    unsigned most; /* connections of one address */
    pthread_mutex_t mutex;
    void *tree; /* of those that have any */
};

void http_addresses_init(struct http_addresses *addresses, unsigned most);
/* All connections have been given back. */
void http_addresses_finish(struct http_addresses *addresses);

/* One more connection of this address; false, and none is counted, if it has the most.
 * `ret_address` is what to give back. */
bool http_addresses_take(struct http_addresses *addresses, const struct sockaddr *client,
                         struct http_address *ret_address);
void http_addresses_give_back(struct http_addresses *addresses, const struct http_address *address);
