/* The recently used states of aggregates, bounded in bytes; the least recently used are dropped first.
 *
 * A state in the cache is that of the log with the current write set stored; if the set is not stored, the
 * desk drops every state that the batch used. Belongs to the desk's thread.
 */
#pragma once

#include "base/cleanup.h"
#include "base/slice.h"
#include "write_model/aggregate.h"

struct state_cache;

struct cached_state {
    const struct aggregate *aggregate;
    void *state;     /* the cache's */
    int64_t version; /* 0: the stream does not exist yet */
    /* The cache's own. */
    char *stream;
    uint64_t hash;
    size_t bytes;
    uint64_t batch;
    struct cached_state *next_in_bucket;
    struct cached_state *next, *previous;
};

struct state_cache *state_cache_create(size_t bytes);
void state_cache_destroy(struct state_cache *cache);

/* The state of a stream, now the most recently used, or NULL. */
struct cached_state *state_cache_find(struct state_cache *cache, struct slice stream);

/* Adds the state of a stream that is not in the cache; takes ownership of `state`. */
struct cached_state *state_cache_add(struct state_cache *cache, struct slice stream,
                                     const struct aggregate *aggregate, void *take_state,
                                     int64_t version);

/* Call after changing `state`, the one found or added last: computes its size again, and drops others if
 * the cache has too many bytes. */
void state_cache_weigh(struct state_cache *cache, struct cached_state *state);

void state_cache_drop(struct state_cache *cache, struct cached_state *state);

/* Begins a batch; drop_batch drops every state found or added since. */
void state_cache_begin_batch(struct state_cache *cache);
void state_cache_drop_batch(struct state_cache *cache);
