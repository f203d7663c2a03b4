/* A bounded number of bytes that clients make the server hold, divided between their addresses
 * (http_share.h).
 *
 * A connection's holding counts once it is larger than `small_bytes`; anything smaller belongs to its
 * connection slot. When memory is short, stalled connections are cut: they have not moved 16 KiB
 * within 3 s. For a connection that stays within its share, connections that hold more than theirs
 * are cut even if they are not stalled. No connection is cut if that would not free enough.
 *
 * Any thread. One mutex guards everything here; callbacks run under it and must return at once.
 */
#pragma once

#include "base/error.h"
#include "http/http_share.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a connection holds of a budget; starts as zeros except for `address`. Guarded by the budget. */
struct http_holding {
    struct http_address address;
    struct http_holding *next, *previous;
    struct http_share *share; /* its network's; NULL: none of it is counted */
    size_t bytes;
    struct http_holding *next_aside; /* while victims are selected */
    size_t aside_bytes;
    uint64_t moved_bytes; /* at the last check */
    int64_t moved_ms;     /* of the last progress */
    bool fixed;           /* must not be cut */
    bool cut;
    bool in_use; /* the connection's thread only: has been larger than small since it began */
};

struct http_budget {
    pthread_mutex_t mutex;
    size_t small_bytes;
    struct http_shares shares;
    struct {
        struct http_holding *first, *last;
    } holdings;
    struct metric_series *held, *cuts;
    uint64_t (*moved)(
        const struct http_holding *holding);   /* bytes that its client has sent or received */
    void (*cut)(struct http_holding *holding); /* makes its connection close soon */
};

/* `name`: a literal, for the metrics; NULL: no metrics. */
void http_budget_init(struct http_budget *budget, const char *name, size_t most_bytes,
                      size_t small_bytes, uint64_t (*moved)(const struct http_holding *),
                      void (*cut)(struct http_holding *));
/* Every holding must have been released. */
void http_budget_finish(struct http_budget *budget);

/* The holding becomes `bytes`. False, and it is unchanged, if that does not fit, or if it was cut. */
bool http_budget_hold(struct http_budget *budget, struct http_holding *holding, size_t bytes);

/* The same for bytes that can no longer be rejected: cuts others even if they are not stalled. False only
 * if the holding itself was cut. */
bool http_budget_hold_anyway(struct http_budget *budget, struct http_holding *holding,
                             size_t bytes);

/* From now on the holding is not cut, because the server works on its bytes. False if it was cut
 * before. */
MUST_CHECK bool http_budget_fix(struct http_budget *budget, struct http_holding *holding);

/* The holding becomes empty and can be used again. */
void http_budget_release(struct http_budget *budget, struct http_holding *holding);

/* How large the holding may become without cutting others. */
size_t http_budget_limit(struct http_budget *budget, const struct http_holding *holding);

/* Records which holdings have moved; called about once a second. */
void http_budget_look(struct http_budget *budget, int64_t now_ms);
