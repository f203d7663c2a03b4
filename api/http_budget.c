/* Lists are short: they have only what is larger than small, and the budget is bounded. */
#include "api/http_budget.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define STALLED_MS  3000
#define MOVED_BYTES ((uint64_t)16 * 1024)

struct http_share {
    struct http_share *next;
    struct http_address address;
    size_t bytes;
    unsigned holdings;
};

void http_budget_init(struct http_budget *budget, size_t most_bytes, size_t small_bytes,
                      uint64_t (*moved)(const struct http_holding *),
                      void (*cut)(struct http_holding *))
{
    *budget = (struct http_budget){
        .most_bytes = most_bytes, .small_bytes = small_bytes, .moved = moved, .cut = cut};
    REQUIRE(pthread_mutex_init(&budget->mutex, NULL) == 0);
}

void http_budget_finish(struct http_budget *budget)
{
    REQUIRE(!budget->holdings && !budget->shares && budget->bytes == 0);
    pthread_mutex_destroy(&budget->mutex);
}

/* --- under the mutex -------------------------------------------------------------------------- */

static struct http_share *find_share(const struct http_budget *budget,
                                     const struct http_address *address)
{
    struct http_share *share = budget->shares;
    while (share && memcmp(&share->address, address, sizeof *address) != 0)
        share = share->next;
    return share;
}

static struct http_share *make_share(struct http_budget *budget, const struct http_address *address)
{
    struct http_share *share = calloc(1, sizeof *share);
    REQUIRE(share);
    share->address = *address;
    share->next = budget->shares;
    budget->shares = share;
    return share;
}

static void drop_share(struct http_budget *budget, struct http_share *dropped)
{
    struct http_share **at = &budget->shares;
    while (*at != dropped)
        at = &(*at)->next;
    *at = dropped->next;
    free(dropped);
}

static void begin(struct http_budget *budget, struct http_holding *holding)
{
    struct http_share *share = find_share(budget, &holding->address);
    holding->share = share ? share : make_share(budget, &holding->address);
    holding->share->holdings++;
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
    budget->bytes += bytes - holding->bytes;
    holding->share->bytes += bytes - holding->bytes;
    holding->bytes = bytes;
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
    if (--holding->share->holdings == 0)
        drop_share(budget, holding->share);
    holding->share = NULL;
}

static size_t room_of(const struct http_budget *budget, const struct http_holding *holding)
{
    const struct http_share *share = find_share(budget, &holding->address);
    size_t others = (share ? share->bytes : 0) - holding->bytes; /* of the same address */
    size_t held = budget->bytes - holding->bytes;
    size_t free = held < budget->most_bytes ? budget->most_bytes - held : 0;
    return free > others ? (free - others) / 2 : 0;
}

static bool fits(const struct http_budget *budget, const struct http_holding *holding, size_t bytes,
                 bool anyway)
{
    return anyway ? budget->bytes - holding->bytes + bytes <= budget->most_bytes
                  : bytes <= room_of(budget, holding);
}

/* The address that holds most; the holding's own if none holds more. */
static const struct http_share *largest_share(const struct http_budget *budget,
                                              const struct http_holding *holding)
{
    const struct http_share *largest = find_share(budget, &holding->address);
    for (const struct http_share *each = budget->shares; each; each = each->next)
        if (!largest || each->bytes > largest->bytes)
            largest = each;
    return largest;
}

static struct http_holding *find_victim(const struct http_budget *budget,
                                        const struct http_holding *holding, int64_t still_ms)
{
    const struct http_share *share = largest_share(budget, holding);
    int64_t now_ms = clock_monotonic_ms();
    struct http_holding *victim = NULL;
    uint64_t most = 0;
    for (struct http_holding *each = budget->holdings; each; each = each->next) {
        int64_t since_ms = now_ms - each->moved_ms;
        uint64_t weight = each->bytes * (uint64_t)(since_ms + 1);
        if (each == holding || each->fixed || each->share != share || since_ms < still_ms ||
            weight <= most)
            continue;
        victim = each;
        most = weight;
    }
    return victim;
}

static bool make_room(struct http_budget *budget, const struct http_holding *holding, size_t bytes,
                      bool anyway)
{
    while (!fits(budget, holding, bytes, anyway)) {
        struct http_holding *victim = find_victim(budget, holding, anyway ? 0 : STALLED_MS);
        if (!victim)
            return false;
        end(budget, victim);
        victim->cut = true;
        budget->cut(victim);
    }
    return true;
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
    size_t room = room_of(budget, holding);
    pthread_mutex_unlock(&budget->mutex);
    return room;
}

void http_budget_look(struct http_budget *budget, int64_t now_ms)
{
    pthread_mutex_lock(&budget->mutex);
    for (struct http_holding *each = budget->holdings; each; each = each->next) {
        uint64_t moved_bytes = budget->moved(each);
        if (moved_bytes - each->moved_bytes < MOVED_BYTES)
            continue;
        each->moved_bytes = moved_bytes;
        each->moved_ms = now_ms;
    }
    pthread_mutex_unlock(&budget->mutex);
}
