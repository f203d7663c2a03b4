#include "http/http_share.h"

#include "base/error.h"
#include "base/list.h"

#include <stdlib.h>
#include <string.h>

static struct http_share *find(const struct http_share_list *list,
                               const struct http_address *address)
{
    struct http_share *share = list->first;
    while (share && memcmp(&share->address, address, sizeof *address) != 0)
        share = share->next;
    return share;
}

static struct http_share *find_or_add(struct http_share_list *list,
                                      const struct http_address *address)
{
    struct http_share *share = find(list, address);
    if (share)
        return share;
    share = calloc(1, sizeof *share);
    REQUIRE(share);
    share->address = *address;
    LIST_PREPEND(list, share);
    return share;
}

static void drop(struct http_share_list *list, struct http_share *dropped)
{
    LIST_REMOVE(list, dropped);
    free(dropped);
}

struct http_share *http_share_join(struct http_shares *shares, const struct http_address *address)
{
    struct http_share *network = find_or_add(&shares->networks, address);
    if (network->parts++ == 0) {
        struct http_address site = http_address_site(address);
        network->site = find_or_add(&shares->sites, &site);
        network->site->parts++;
    }
    return network;
}

void http_share_leave(struct http_shares *shares, struct http_share *network)
{
    struct http_share *site = network->site;
    if (--network->parts > 0)
        return;
    drop(&shares->networks, network);
    if (--site->parts == 0)
        drop(&shares->sites, site);
}

void http_share_add(struct http_shares *shares, struct http_share *network, size_t more)
{
    shares->bytes += more;
    network->bytes += more;
    network->site->bytes += more;
}

/* --- who may hold how much -------------------------------------------------------------------- */

struct http_entitlement http_share_entitle(const struct http_shares *shares,
                                           const struct http_address *address, size_t own_bytes)
{
    struct http_address site_address = http_address_site(address);
    struct http_entitlement entitled = {
        .network = find(&shares->networks, address),
        .site = find(&shares->sites, &site_address),
        .own_bytes = own_bytes,
    };
    const struct http_share *site = entitled.site, *network = entitled.network;
    size_t others = shares->bytes - own_bytes, sites = !site, networks = !network;
    for (const struct http_share *each = shares->sites.first; each; each = each->next)
        sites++;
    entitled.free = others < shares->most_bytes ? shares->most_bytes - others : 0;
    entitled.network_others = network ? network->bytes - own_bytes : 0;
    entitled.site_others = site ? site->bytes - own_bytes : 0;
    entitled.fair_site = shares->most_bytes / (sites + 1);
    entitled.fair_network = entitled.fair_site / (networks + (site ? site->parts : 0));
    return entitled;
}

static size_t above(size_t bytes, size_t others)
{
    return bytes > others ? bytes - others : 0;
}

size_t http_share_limit(const struct http_entitlement *entitled)
{
    size_t by_half = above(entitled->free, entitled->site_others) / 2;
    size_t by_share = above(entitled->fair_site, entitled->site_others);
    if (by_share > entitled->free)
        by_share = entitled->free;
    return by_half > by_share ? by_half : by_share;
}
