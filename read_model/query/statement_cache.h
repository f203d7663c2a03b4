/* Prepared statements by their SQL, at most STATEMENT_CACHE_MOST of a connection: the one not used
 * for longest goes first. */
#pragma once

#include "read_model/query/row_statement.h"

#define STATEMENT_CACHE_MOST 32

struct statement_cache_entry {
    uint64_t hash, used;
    char *sql;
    struct row_statement *row;
};

struct statement_cache {
    struct statement_cache_entry entries[STATEMENT_CACHE_MOST];
    size_t count;
    uint64_t clock;
};

/* NULL if it is not there. Stays the cache's. */
struct row_statement *statement_cache_find(struct statement_cache *cache, struct slice sql);
void statement_cache_add(struct statement_cache *cache, struct slice sql,
                         struct row_statement *take_row);

/* Closes all: before their connection is. A zeroed cache is empty and valid. */
void statement_cache_clear(struct statement_cache *cache);
