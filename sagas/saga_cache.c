#include "sagas/saga_cache.h"

#include "base/hash.h"

#define ROWS             2048
#define NAMES            8192
#define FACTS_MOST_BYTES 2048 /* as text; the tree takes about six times as much */

struct saga_cache {
    struct saga_row rows[ROWS]; /* by number; number 0: empty */
    int64_t numbers[NAMES];     /* by the hash of saga and id: what was put last */
};

static size_t place_of_name(const char *saga, const char *id)
{
    return hash_bytes(hash_bytes(0, slice_of(saga)), slice_of(id)) % NAMES;
}

struct saga_cache *saga_cache_create(void)
{
    struct saga_cache *cache = calloc(1, sizeof *cache);
    REQUIRE(cache);
    return cache;
}

void saga_cache_destroy(struct saga_cache *cache)
{
    if (!cache)
        return;
    saga_cache_clear(cache);
    free(cache);
}

bool saga_cache_read(const struct saga_cache *cache, int64_t number, struct saga_row *ret_row)
{
    const struct saga_row *row = &cache->rows[(size_t)number % ROWS];
    if (number == 0 || row->number != number)
        return false;
    *ret_row = *row;
    json_incref(ret_row->facts);
    ret_row->facts_text = (struct text){0};
    text_add_slice(&ret_row->facts_text, text_slice(&row->facts_text));
    return true;
}

bool saga_cache_find(const struct saga_cache *cache, const char *saga, const char *id,
                     struct saga_row *ret_row)
{
    int64_t number = cache->numbers[place_of_name(saga, id)];
    const struct saga_row *row = &cache->rows[(size_t)number % ROWS];
    return strcmp(row->saga, saga) == 0 && strcmp(row->id, id) == 0 &&
           saga_cache_read(cache, number, ret_row);
}

static void forget(struct saga_row *place)
{
    saga_row_finish(place);
    place->number = 0;
}

void saga_cache_put(struct saga_cache *cache, const struct saga_row *row)
{
    struct saga_row *place = &cache->rows[(size_t)row->number % ROWS];
    struct text facts_text = place->facts_text; /* its memory is used again */
    json_t *before = place->facts;
    if (row->facts_text.length > FACTS_MOST_BYTES) {
        forget(place);
        return;
    }
    *place = *row;
    place->notes = (struct text){0};
    place->facts_text = facts_text;
    text_clear(&place->facts_text);
    text_add_slice(&place->facts_text, text_slice(&row->facts_text));
    json_incref(place->facts);
    json_decref(before);
    cache->numbers[place_of_name(row->saga, row->id)] = row->number;
}

void saga_cache_clear(struct saga_cache *cache)
{
    for (size_t i = 0; i < ROWS; i++)
        forget(&cache->rows[i]);
}
