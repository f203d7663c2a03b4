/* Lists are short: they have only what is larger than small, and the budget is bounded. */
#include "http/http_budget.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define STALLED_MS  3000
#define MOVED_BYTES ((uint64_t)16 * 1024)

/* What a network (64 bits of an IPv6 address, all of an IPv4 address) or its site holds. */
struct http_share {
    struct http_share *next;
    struct http_share *site; /* NULL: this is one */
    struct http_address address;
    size_t bytes;
    unsigned parts; /* holdings of a network, networks of a site */
};

void http_budget_init(struct http_budget *budget, const char *name, size_t most_bytes,
                      size_t small_bytes, uint64_t (*moved)(const struct http_holding *),
                      void (*cut)(struct http_holding *))
{
    *budget = (struct http_budget){
        .most_bytes = most_bytes,
        .small_bytes = small_bytes,
        .moved = moved,
        .cut = cut,
    };
    if (name) {
        budget->held = metric_series(METRIC_HTTP_MEMORY, name);
        budget->cuts = metric_series(METRIC_HTTP_MEMORY_CUT, name);
    }
    REQUIRE(pthread_mutex_init(&budget->mutex, NULL) == 0);
}

void http_budget_finish(struct http_budget *budget)
{
    REQUIRE(!budget->holdings && !budget->networks && !budget->sites && budget->bytes == 0);
    pthread_mutex_destroy(&budget->mutex);
}

/* --- shares, under the mutex ------------------------------------------------------------------ */

static struct http_share *find(struct http_share *shares, const struct http_address *address)
{
    while (shares && memcmp(&shares->address, address, sizeof *address) != 0)
        shares = shares->next;
    return shares;
}

static struct http_share *find_or_add(struct http_share **shares,
                                      const struct http_address *address)
{
    struct http_share *share = find(*shares, address);
    if (share)
        return share;
    share = calloc(1, sizeof *share);
    REQUIRE(share);
    share->address = *address;
    share->next = *shares;
    *shares = share;
    return share;
}

static void drop(struct http_share **shares, struct http_share *dropped)
{
    while (*shares != dropped)
        shares = &(*shares)->next;
    *shares = dropped->next;
    free(dropped);
}

static struct http_share *join(struct http_budget *budget, const struct http_address *address)
{
    struct http_share *network = find_or_add(&budget->networks, address);
    if (network->parts++ == 0) {
        struct http_address site = http_address_site(address);
        network->site = find_or_add(&budget->sites, &site);
        network->site->parts++;
    }
    return network;
}

static void leave(struct http_budget *budget, struct http_share *network)
{
    struct http_share *site = network->site;
    if (--network->parts > 0)
        return;
    drop(&budget->networks, network);
    if (--site->parts == 0)
        drop(&budget->sites, site);
}

static void begin(struct http_budget *budget, struct http_holding *holding)
{
    holding->share = join(budget, &holding->address);
    holding->moved_bytes = budget->moved(holding);
    holding->moved_ms = clock_monotonic_ms();
    holding->previous = NULL;
    holding->next = budget->holdings;
    if (holding->next)
        holding->next->previous = holding;
    budget->holdings = holding;
}

static void count(struct http_budget *budget, struct http_holding *holding, size_t bytes)
{
    size_t more = bytes - holding->bytes; /* modulo 2^64 */
    budget->bytes += more;
    holding->share->bytes += more;
    holding->share->site->bytes += more;
    holding->bytes = bytes;
    if (budget->held)
        metric_set(budget->held, (int64_t)budget->bytes);
}

static void end(struct http_budget *budget, struct http_holding *holding)
{
    if (!holding->share)
        return;
    count(budget, holding, 0);
    if (holding->next)
        holding->next->previous = holding->previous;
    if (holding->previous)
        holding->previous->next = holding->next;
    else
        budget->holdings = holding->next;
    leave(budget, holding->share);
    holding->share = NULL;
}

/* --- who may hold how much, under the mutex --------------------------------------------------- */

/* One that asks for memory, and what it would be entitled to. */
struct request {
    const struct http_holding *holding;
    const struct http_share *network, *site; /* NULL: nothing is held there yet */
    size_t free;                             /* of all, without what the holding itself has */
    size_t network_others, site_others;      /* held by others there */
    size_t fair_network, fair_site;
};

static struct request request_of(const struct http_budget *budget,
                                 const struct http_holding *holding)
{
    struct http_address address = http_address_site(&holding->address);
    struct request request = {
        .holding = holding,
        .network = find(budget->networks, &holding->address),
        .site = find(budget->sites, &address),
    };
    size_t held = budget->bytes - holding->bytes, sites = !request.site,
           networks = !request.network;
    for (const struct http_share *each = budget->sites; each; each = each->next)
        sites++;
    request.free = held < budget->most_bytes ? budget->most_bytes - held : 0;
    request.network_others = request.network ? request.network->bytes - holding->bytes : 0;
    request.site_others = request.site ? request.site->bytes - holding->bytes : 0;
    request.fair_site = budget->most_bytes / (sites + 1);
    request.fair_network =
        request.fair_site / (networks + (request.site ? request.site->parts : 0));
    return request;
}

static size_t above(size_t bytes, size_t others)
{
    return bytes > others ? bytes - others : 0;
}

/* A site may hold as much as it leaves free, or its fair share if there is that much. */
static size_t room_of(const struct request *request)
{
    size_t by_half = above(request->free, request->site_others) / 2;
    size_t by_share = above(request->fair_site, request->site_others);
    if (by_share > request->free)
        by_share = request->free;
    return by_half > by_share ? by_half : by_share;
}

static bool is_moving(const struct http_holding *holding, int64_t now_ms)
{
    return now_ms - holding->moved_ms < STALLED_MS;
}

/* For one below its fair share, any of a site above its own is cut, and any of a network above its
 * own in the same site; for one above, only what is stalled, where no less is held. */
static bool may_cut(const struct request *request, size_t bytes, const struct http_holding *victim,
                    int64_t now_ms)
{
    const struct http_share *network = victim->share, *site = network->site;
    if (site != request->site)
        return request->site_others + bytes <= request->fair_site
                   ? site->bytes > request->fair_site
                   : !is_moving(victim, now_ms) &&
                         site->bytes > request->site_others + request->holding->bytes;
    return !is_moving(victim, now_ms) ||
           (network != request->network &&
            request->network_others + bytes <= request->fair_network &&
            network->bytes > request->fair_network);
}

/* What is stalled goes first; then the site, the network in it and the holding that has most. */
static bool is_better(const struct http_holding *a, const struct http_holding *b, int64_t now_ms)
{
    if (is_moving(a, now_ms) != is_moving(b, now_ms))
        return is_moving(b, now_ms);
    if (a->share->site != b->share->site)
        return a->share->site->bytes > b->share->site->bytes;
    if (a->share != b->share)
        return a->share->bytes > b->share->bytes;
    return a->bytes * (uint64_t)(now_ms - a->moved_ms + 1) >
           b->bytes * (uint64_t)(now_ms - b->moved_ms + 1);
}

static struct http_holding *find_victim(const struct http_budget *budget,
                                        const struct request *request, size_t bytes, bool anyway)
{
    int64_t now_ms = clock_monotonic_ms();
    struct http_holding *victim = NULL;
    for (struct http_holding *each = budget->holdings; each; each = each->next)
        if (each != request->holding && !each->fixed && each->bytes > 0 &&
            (anyway || may_cut(request, bytes, each, now_ms)) &&
            (!victim || is_better(each, victim, now_ms)))
            victim = each;
    return victim;
}

static bool fits(const struct request *request, size_t bytes, bool anyway)
{
    return bytes <= (anyway ? request->free : room_of(request));
}

/* Cuts those whose memory was set aside, or gives it back to them. */
static void settle(struct http_budget *budget, struct http_holding *aside, bool cut)
{
    for (struct http_holding *each = aside; each; each = each->next_aside) {
        if (!cut) {
            count(budget, each, each->aside_bytes);
            continue;
        }
        end(budget, each);
        each->cut = true;
        if (budget->cuts)
            metric_add(budget->cuts, 1);
        budget->cut(each);
    }
}

/* It is decided whose memory is enough before anyone is cut. */
static bool make_room(struct http_budget *budget, const struct http_holding *holding, size_t bytes,
                      bool anyway)
{
    struct http_holding *aside = NULL, *victim;
    struct request request = request_of(budget, holding);
    while (!fits(&request, bytes, anyway) &&
           (victim = find_victim(budget, &request, bytes, anyway))) {
        victim->aside_bytes = victim->bytes;
        victim->next_aside = aside;
        aside = victim;
        count(budget, victim, 0);
        request = request_of(budget, holding);
    }
    bool fit = fits(&request, bytes, anyway);
    settle(budget, aside, fit || anyway);
    return fit;
}

static bool hold(struct http_budget *budget, struct http_holding *holding, size_t bytes,
                 bool anyway)
{
    if (holding->cut)
        return false;
    if (bytes <= budget->small_bytes) {
        end(budget, holding);
        return true;
    }
    if (bytes > holding->bytes && !make_room(budget, holding, bytes, anyway) && !anyway)
        return false;
    if (!holding->share)
        begin(budget, holding);
    if (bytes > holding->bytes) /* it is still being made */
        holding->moved_ms = clock_monotonic_ms();
    count(budget, holding, bytes);
    return true;
}

/* --- from outside ----------------------------------------------------------------------------- */

static bool hold_locked(struct http_budget *budget, struct http_holding *holding, size_t bytes,
                        bool anyway)
{
    if (!holding->in_use && bytes <= budget->small_bytes)
        return true; /* as nearly every request: no lock */
    holding->in_use = true;
    pthread_mutex_lock(&budget->mutex);
    bool held = hold(budget, holding, bytes, anyway);
    pthread_mutex_unlock(&budget->mutex);
    return held;
}

bool http_budget_hold(struct http_budget *budget, struct http_holding *holding, size_t bytes)
{
    return hold_locked(budget, holding, bytes, false);
}

bool http_budget_hold_anyway(struct http_budget *budget, struct http_holding *holding, size_t bytes)
{
    return hold_locked(budget, holding, bytes, true);
}

bool http_budget_fix(struct http_budget *budget, struct http_holding *holding)
{
    if (!holding->in_use) { /* in no list: it may come to hold something while it is fixed */
        holding->fixed = true;
        return true;
    }
    pthread_mutex_lock(&budget->mutex);
    holding->fixed = true;
    bool cut = holding->cut;
    pthread_mutex_unlock(&budget->mutex);
    return !cut;
}

void http_budget_release(struct http_budget *budget, struct http_holding *holding)
{
    if (!holding->in_use) {
        holding->fixed = false;
        return;
    }
    holding->in_use = false;
    pthread_mutex_lock(&budget->mutex);
    end(budget, holding);
    holding->fixed = holding->cut = false;
    pthread_mutex_unlock(&budget->mutex);
}

size_t http_budget_room(struct http_budget *budget, const struct http_holding *holding)
{
    pthread_mutex_lock(&budget->mutex);
    struct request request = request_of(budget, holding);
    size_t room = room_of(&request);
    pthread_mutex_unlock(&budget->mutex);
    return room;
}

void http_budget_look(struct http_budget *budget, int64_t now_ms)
{
    pthread_mutex_lock(&budget->mutex);
    for (struct http_holding *each = budget->holdings; each; each = each->next) {
        uint64_t moved_bytes = budget->moved(each);
        if (moved_bytes < each->moved_bytes + MOVED_BYTES)
            continue;
        each->moved_bytes = moved_bytes;
        each->moved_ms = now_ms;
    }
    pthread_mutex_unlock(&budget->mutex);
}
