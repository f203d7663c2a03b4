/* Search trees (tsearch) under a mutex: a connection searches them when it begins and ends, not for each
 * request. */
#include "http/http_addresses.h"

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
    addresses->site_most = most + most / 2;
    addresses->tree = addresses->sites = NULL;
    pthread_mutex_init(&addresses->mutex, NULL);
}

void http_addresses_finish(struct http_addresses *addresses)
{
    REQUIRE(!addresses->tree && !addresses->sites);
    pthread_mutex_destroy(&addresses->mutex);
}

/* Four zeros precede an IPv4 address; no global IPv6 address begins with them. */
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

struct http_address http_address_site(const struct http_address *address)
{
    static const unsigned char four[4];
    struct http_address site = *address;
    if (memcmp(address->bytes, four, sizeof four) != 0)
        memset(site.bytes + 6, 0, 2);
    return site;
}

/* Counts one more, if fewer than `most` are counted. */
static bool take(void **tree, const struct http_address *address, unsigned most)
{
    struct address_count **found = tfind(address, tree, compare);
    if (found)
        return (*found)->count < most && ++(*found)->count;
    struct address_count *added = calloc(1, sizeof *added);
    REQUIRE(added);
    added->address = *address;
    added->count = 1;
    REQUIRE(tsearch(added, tree, compare));
    return true;
}

static void give_back(void **tree, const struct http_address *address)
{
    struct address_count **found = tfind(address, tree, compare);
    REQUIRE(found);
    struct address_count *entry = *found;
    if (--entry->count == 0) {
        tdelete(address, tree, compare);
        free(entry);
    }
}

bool http_addresses_take(struct http_addresses *addresses, const struct sockaddr *client,
                         struct http_address *ret_address)
{
    *ret_address = address_of(client);
    struct http_address site = http_address_site(ret_address);
    pthread_mutex_lock(&addresses->mutex);
    bool taken = take(&addresses->tree, ret_address, addresses->most);
    if (taken && !take(&addresses->sites, &site, addresses->site_most)) {
        give_back(&addresses->tree, ret_address);
        taken = false;
    }
    pthread_mutex_unlock(&addresses->mutex);
    return taken;
}

void http_addresses_give_back(struct http_addresses *addresses, const struct http_address *address)
{
    struct http_address site = http_address_site(address);
    pthread_mutex_lock(&addresses->mutex);
    give_back(&addresses->tree, address);
    give_back(&addresses->sites, &site);
    pthread_mutex_unlock(&addresses->mutex);
}
