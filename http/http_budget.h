/* A bounded number of bytes that clients make the server hold, shared between addresses.
 *
 * A connection's holding counts once it is more than `small_bytes`; what is smaller belongs to its
 * connection slot. Of n sites that hold something, each may hold a share of 1/(n + 1), or more as
 * long as it leaves as much free for others (the dynamic threshold of Choudhury and Hahne, 1998):
 * one site at most half, two a third each, and so on. A site is an IPv4 address or 48 bits of an
 * IPv6 address; the networks of a site, 64 bits each, have equal parts of its share.
 *
 * Where memory is short, connections that are stalled are cut: they have not moved 16 KiB within
 * 3 s. For one that stays within its share, those that hold more than theirs are cut even if they
 * are not stalled. Nobody is cut if that would not be enough.
 *
 * Any thread. One mutex guards all of it; callbacks are called under it and must return at once.
 */
#pragma once

#include "base/error.h"
#include "http/http_addresses.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a connection holds of a budget; begins as zeros but for `address`. Guarded by the budget. */
struct http_holding {
    struct http_address address;
    struct http_holding *next, *previous;
    struct http_share *share; /* its network's; NULL: nothing of it is counted */
    size_t bytes;
    struct http_holding *next_aside; /* while it is decided who is cut */
    size_t aside_bytes;
    uint64_t moved_bytes; /* as last seen */
    int64_t moved_ms;     /* when those had come */
    bool fixed;           /* not cut any more */
    bool cut;
    bool in_use; /* the connection's own: it was more than small since it began */
};

struct http_budget {
    pthread_mutex_t mutex;
    size_t most_bytes, small_bytes;
    size_t bytes;                        /* held together */
    struct http_share *networks, *sites; /* that hold some */
    struct http_holding *holdings;
    struct metric_series *held, *cuts;
    uint64_t (*moved)(const struct http_holding *holding); /* bytes its client has sent or taken */
    void (*cut)(struct http_holding *holding);             /* closes its connection soon */
};

/* `name`: a literal, for the metrics; NULL: without. */
void http_budget_init(struct http_budget *budget, const char *name, size_t most_bytes,
                      size_t small_bytes, uint64_t (*moved)(const struct http_holding *),
                      void (*cut)(struct http_holding *));
/* Nothing is held any more. */
void http_budget_finish(struct http_budget *budget);

/* The holding is `bytes` from now on. False, and it stays as it was, if there is no room, or if it
 * was cut. */
bool http_budget_hold(struct http_budget *budget, struct http_holding *holding, size_t bytes);

/* The same for what cannot be refused any more: cuts others even if they are not stalled. False
 * only if the holding itself was cut. */
bool http_budget_hold_anyway(struct http_budget *budget, struct http_holding *holding,
                             size_t bytes);

/* From now on it is not cut: what it holds is ours to work on. False if it was cut before. */
MUST_CHECK bool http_budget_fix(struct http_budget *budget, struct http_holding *holding);

/* It holds nothing any more and may begin anew. */
void http_budget_release(struct http_budget *budget, struct http_holding *holding);

/* How much the holding may grow to, without cutting anyone. */
size_t http_budget_room(struct http_budget *budget, const struct http_holding *holding);

/* Looks which holdings have moved; about once a second. */
void http_budget_look(struct http_budget *budget, int64_t now_ms);
