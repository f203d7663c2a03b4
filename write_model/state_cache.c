/* A hash table of chains, and a list from the most to the least recently used. The states that a
 * batch used are at the front of the list, so they can be dropped without another record. */
#include "write_model/state_cache.h"

#include "base/hash.h"
#include "base/list.h"

#define BUCKETS                                                                                    \
    65536 /* about one for each state that fits: each step along a chain is a cache miss */
#define ENTRY_OVERHEAD 64 /* of the allocator, for the entry, its name and its state */

struct state_cache {
    size_t bytes, most_bytes;
    uint64_t batch;
    struct {
        struct cached_state *first, *last;
    } used; /* the most recently used first */
    struct cached_state *buckets[BUCKETS];
};

struct state_cache *state_cache_create(size_t bytes)
{
    struct state_cache *cache = calloc(1, sizeof *cache);
    REQUIRE(cache);
    cache->most_bytes = bytes;
    return cache;
}

static void put_first(struct state_cache *cache, struct cached_state *entry)
{
    LIST_PREPEND(&cache->used, entry);
    entry->batch = cache->batch;
}

static struct cached_state **bucket_of(struct state_cache *cache, uint64_t hash)
{
    return &cache->buckets[hash % BUCKETS];
}

struct cached_state *state_cache_find(struct state_cache *cache, struct slice stream)
{
    uint64_t hash = hash_bytes(0, stream);
    struct cached_state *entry = *bucket_of(cache, hash);
    while (entry && (entry->hash != hash || !slice_is(stream, entry->stream)))
        entry = entry->next_in_bucket;
    if (entry) {
        LIST_REMOVE(&cache->used, entry);
        put_first(cache, entry);
    }
    return entry;
}

void state_cache_drop(struct state_cache *cache, struct cached_state *entry)
{
    struct cached_state **at = bucket_of(cache, entry->hash);
    while (*at != entry)
        at = &(*at)->next_in_bucket;
    *at = entry->next_in_bucket;
    LIST_REMOVE(&cache->used, entry);
    cache->bytes -= entry->bytes;
    entry->aggregate->destroy(entry->state);
    free(entry->stream);
    free(entry);
}

void state_cache_weigh(struct state_cache *cache, struct cached_state *entry)
{
    cache->bytes -= entry->bytes;
    entry->bytes = sizeof *entry + strlen(entry->stream) + ENTRY_OVERHEAD +
                   entry->aggregate->size(entry->state);
    cache->bytes += entry->bytes;
    while (cache->bytes > cache->most_bytes && cache->used.last != entry)
        state_cache_drop(cache, cache->used.last);
}

struct cached_state *state_cache_add(struct state_cache *cache, struct slice stream,
                                     const struct aggregate *aggregate, void *take_state,
                                     int64_t version)
{
    struct cached_state *entry = malloc(sizeof *entry);
    REQUIRE(entry);
    *entry = (struct cached_state){
        .aggregate = aggregate,
        .state = take_state,
        .version = version,
        .stream = strndup(stream.at, stream.length),
        .hash = hash_bytes(0, stream),
    };
    REQUIRE(entry->stream);
    entry->next_in_bucket = *bucket_of(cache, entry->hash);
    *bucket_of(cache, entry->hash) = entry;
    put_first(cache, entry);
    state_cache_weigh(cache, entry);
    return entry;
}

void state_cache_begin_batch(struct state_cache *cache)
{
    cache->batch++;
}

void state_cache_drop_batch(struct state_cache *cache)
{
    while (cache->used.first && cache->used.first->batch == cache->batch)
        state_cache_drop(cache, cache->used.first);
}

void state_cache_destroy(struct state_cache *cache)
{
    if (!cache)
        return;
    while (cache->used.first)
        state_cache_drop(cache, cache->used.first);
    free(cache);
}
