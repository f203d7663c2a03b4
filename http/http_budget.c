/* Lists are short: they have only holdings that are larger than small, and the budget is bounded. */
#include "http/http_budget.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"

#define STALLED_MS  3000
#define MOVED_BYTES ((uint64_t)16 * 1024)

void http_budget_init(struct http_budget *budget, const char *name, size_t most_bytes,
                      size_t small_bytes, uint64_t (*moved)(const struct http_holding *),
                      void (*cut)(struct http_holding *))
{
    *budget = (struct http_budget){
        .shares.most_bytes = most_bytes,
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
    REQUIRE(!budget->holdings.first && !budget->shares.sites.first && budget->shares.bytes == 0);
    pthread_mutex_destroy(&budget->mutex);
}

/* --- holdings, under the mutex ---------------------------------------------------------------- */

static void begin(struct http_budget *budget, struct http_holding *holding)
{
    holding->share = http_share_join(&budget->shares, &holding->address);
    holding->moved_bytes = budget->moved(holding);
    holding->moved_ms = clock_monotonic_ms();
    LIST_PREPEND(&budget->holdings, holding);
}

static void count(struct http_budget *budget, struct http_holding *holding, size_t bytes)
{
    http_share_add(&budget->shares, holding->share, bytes - holding->bytes);
    holding->bytes = bytes;
    if (budget->held)
        metric_set(budget->held, (int64_t)budget->shares.bytes);
}

static void end(struct http_budget *budget, struct http_holding *holding)
{
    if (!holding->share)
        return;
    count(budget, holding, 0);
    LIST_REMOVE(&budget->holdings, holding);
    http_share_leave(&budget->shares, holding->share);
    holding->share = NULL;
}

/* --- who is cut, under the mutex -------------------------------------------------------------- */

static struct http_entitlement entitle(const struct http_budget *budget,
                                       const struct http_holding *holding)
{
    return http_share_entitle(&budget->shares, &holding->address, holding->bytes);
}

static bool is_moving(const struct http_holding *holding, int64_t now_ms)
{
    return now_ms - holding->moved_ms < STALLED_MS;
}

/* For a holder below its fair share, any holding of a site above its own share may be cut, and any of a
 * network above its own share in the same site; for a holder above, only stalled holdings of sites that
 * hold no less. */
static bool may_cut(const struct http_entitlement *entitled, size_t bytes,
                    const struct http_holding *victim, int64_t now_ms)
{
    const struct http_share *network = victim->share, *site = network->site;
    if (site != entitled->site)
        return entitled->site_others + bytes <= entitled->fair_site
                   ? site->bytes > entitled->fair_site
                   : !is_moving(victim, now_ms) &&
                         site->bytes > entitled->site_others + entitled->own_bytes;
    return !is_moving(victim, now_ms) ||
           (network != entitled->network &&
            entitled->network_others + bytes <= entitled->fair_network &&
            network->bytes > entitled->fair_network);
}

/* Stalled holdings are cut first; then those of the site, and the network in it, that hold most; then
 * the largest. */
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
                                        const struct http_holding *holding,
                                        const struct http_entitlement *entitled, size_t bytes,
                                        bool anyway)
{
    int64_t now_ms = clock_monotonic_ms();
    struct http_holding *victim = NULL;
    for (struct http_holding *each = budget->holdings.first; each; each = each->next)
        if (each != holding && !each->fixed && each->bytes > 0 &&
            (anyway || may_cut(entitled, bytes, each, now_ms)) &&
            (!victim || is_better(each, victim, now_ms)))
            victim = each;
    return victim;
}

static bool fits(const struct http_entitlement *entitled, size_t bytes, bool anyway)
{
    return bytes <= (anyway ? entitled->free : http_share_limit(entitled));
}

/* Cuts the connections whose memory was set aside, or returns it to them. */
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

/* Cuts connections only after it has found enough memory. */
static bool free_bytes(struct http_budget *budget, const struct http_holding *holding, size_t bytes,
                       bool anyway)
{
    struct http_holding *aside = NULL, *victim;
    struct http_entitlement entitled = entitle(budget, holding);
    while (!fits(&entitled, bytes, anyway) &&
           (victim = find_victim(budget, holding, &entitled, bytes, anyway))) {
        victim->aside_bytes = victim->bytes;
        victim->next_aside = aside;
        aside = victim;
        count(budget, victim, 0);
        entitled = entitle(budget, holding);
    }
    bool fit = fits(&entitled, bytes, anyway);
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
    if (bytes > holding->bytes && !free_bytes(budget, holding, bytes, anyway) && !anyway)
        return false;
    if (!holding->share)
        begin(budget, holding);
    if (bytes > holding->bytes) /* it is still growing */
        holding->moved_ms = clock_monotonic_ms();
    count(budget, holding, bytes);
    return true;
}

/* --- the interface ---------------------------------------------------------------------------- */

static bool hold_locked(struct http_budget *budget, struct http_holding *holding, size_t bytes,
                        bool anyway)
{
    if (!holding->in_use && bytes <= budget->small_bytes)
        return true; /* like nearly every request: no lock */
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
    if (!holding->in_use) { /* in no list; it may begin to hold something while it is fixed */
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

size_t http_budget_limit(struct http_budget *budget, const struct http_holding *holding)
{
    pthread_mutex_lock(&budget->mutex);
    struct http_entitlement entitled = entitle(budget, holding);
    size_t limit = http_share_limit(&entitled);
    pthread_mutex_unlock(&budget->mutex);
    return limit;
}

void http_budget_look(struct http_budget *budget, int64_t now_ms)
{
    pthread_mutex_lock(&budget->mutex);
    for (struct http_holding *each = budget->holdings.first; each; each = each->next) {
        uint64_t moved_bytes = budget->moved(each);
        if (moved_bytes < each->moved_bytes + MOVED_BYTES)
            continue;
        each->moved_bytes = moved_bytes;
        each->moved_ms = now_ms;
    }
    pthread_mutex_unlock(&budget->mutex);
}
