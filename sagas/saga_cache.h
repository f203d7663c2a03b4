/* The rows of sagas that were read or saved last, as of the open transaction: a busy saga is not read and
 * parsed again. After a rollback it must be cleared. Bounded (some 30 MB): a
 * saga's place is given by its number, the next one there takes it, and large ones are not kept.
 */
#pragma once

#include "sagas/saga_row.h"

struct saga_cache;

struct saga_cache *saga_cache_create(void);
void saga_cache_destroy(struct saga_cache *cache);

/* False if the row is not cached. The facts are shared: a caller that changes them saves the row or rolls
 * back. */
bool saga_cache_read(const struct saga_cache *cache, int64_t number, struct saga_row *ret_row);
bool saga_cache_find(const struct saga_cache *cache, const char *saga, const char *id,
                     struct saga_row *ret_row);
void saga_cache_put(struct saga_cache *cache, const struct saga_row *row);
void saga_cache_clear(struct saga_cache *cache);
