/* A search tree (tsearch) under a mutex: it is asked when a connection begins and ends, not at each
 * request. */
#include "api/http_addresses.h"

#include "base/error.h"

#include <netinet/in.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct address_count {
    struct http_address address; /* first, so that an address is compared as an entry */
    unsigned count;
};

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct http_address));
}

void http_addresses_init(struct http_addresses *addresses, unsigned most)
{
    addresses->most = most;
    addresses->tree = NULL;
    pthread_mutex_init(&addresses->mutex, NULL);
}

void http_addresses_finish(struct http_addresses *addresses)
{
    REQUIRE(!addresses->tree);
    pthread_mutex_destroy(&addresses->mutex);
}

/* An IPv4 address is preceded by four zeros, as no global IPv6 address begins. */
static struct http_address address_of(const struct sockaddr *client)
{
    struct http_address address = {{0}};
    const struct in6_addr *six = &((const struct sockaddr_in6 *)client)->sin6_addr;
    if (client->sa_family == AF_INET)
        memcpy(address.bytes + 4, &((const struct sockaddr_in *)client)->sin_addr, 4);
    else if (client->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(six))
        memcpy(address.bytes + 4, six->s6_addr + 12, 4);
    else if (client->sa_family == AF_INET6)
        memcpy(address.bytes, six->s6_addr, HTTP_ADDRESS_BYTES);
    return address;
}

/* Under the mutex. */
static struct address_count *find_or_add(struct http_addresses *addresses,
                                         const struct http_address *address)
{
    struct address_count **found = tfind(address, &addresses->tree, compare);
    if (found)
        return *found;
    struct address_count *added = calloc(1, sizeof *added);
    REQUIRE(added);
    added->address = *address;
    REQUIRE(tsearch(added, &addresses->tree, compare));
    return added;
}

bool http_addresses_take(struct http_addresses *addresses, const struct sockaddr *client,
                         struct http_address *ret_address)
{
    *ret_address = address_of(client);
    pthread_mutex_lock(&addresses->mutex);
    struct address_count *entry = find_or_add(addresses, ret_address);
    bool taken = entry->count < addresses->most;
    entry->count += taken;
    pthread_mutex_unlock(&addresses->mutex);
    return taken;
}

void http_addresses_give_back(struct http_addresses *addresses, const struct http_address *address)
{
    pthread_mutex_lock(&addresses->mutex);
    struct address_count **found = tfind(address, &addresses->tree, compare);
    REQUIRE(found);
    struct address_count *entry = *found;
    if (--entry->count == 0) {
        tdelete(address, &addresses->tree, compare);
        free(entry);
    }
    pthread_mutex_unlock(&addresses->mutex);
}
