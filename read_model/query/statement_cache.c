/* Few enough entries that looking at all of them costs less than preparing one statement. */
#include "read_model/query/statement_cache.h"

#include "base/hash.h"

struct row_statement *statement_cache_find(struct statement_cache *cache, struct slice sql)
{
    uint64_t hash = hash_bytes(0, sql);
    for (size_t i = 0; i < cache->count; i++) {
        struct statement_cache_entry *entry = &cache->entries[i];
        if (entry->hash != hash || !slice_is(sql, entry->sql))
            continue;
        entry->used = ++cache->clock;
        return entry->row;
    }
    return NULL;
}

static void close_entry(struct statement_cache_entry *entry)
{
    row_statement_close(entry->row);
    free(entry->sql);
    *entry = (struct statement_cache_entry){0};
}

static struct statement_cache_entry *make_room(struct statement_cache *cache)
{
    if (cache->count < STATEMENT_CACHE_MOST)
        return &cache->entries[cache->count++];
    struct statement_cache_entry *oldest = cache->entries;
    for (size_t i = 1; i < cache->count; i++)
        if (cache->entries[i].used < oldest->used)
            oldest = &cache->entries[i];
    close_entry(oldest);
    return oldest;
}

void statement_cache_add(struct statement_cache *cache, struct slice sql,
                         struct row_statement *take_row)
{
    struct statement_cache_entry *entry = make_room(cache);
    entry->hash = hash_bytes(0, sql);
    entry->used = ++cache->clock;
    entry->sql = strndup(sql.at, sql.length);
    entry->row = take_row;
    REQUIRE(entry->sql);
}

void statement_cache_clear(struct statement_cache *cache)
{
    for (size_t i = 0; i < cache->count; i++)
        close_entry(&cache->entries[i]);
    cache->count = 0;
}
