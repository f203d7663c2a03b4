/* Which model a table or a query belongs to. Made once, immutable, shared by threads. */
#pragma once

#include "read_model/definition/models.h"

struct read_name {
    const char *name;
    size_t model; /* index in models_at() */
    size_t index; /* of the table or query in its model */
};

struct read_names {
    struct read_name *entries; /* sorted by name */
    const char **names;        /* theirs, for suggestions */
    size_t count;
};

void read_names_init_tables(struct read_names *names, const struct models *models);
void read_names_init_queries(struct read_names *names, const struct models *models);
void read_names_finish(struct read_names *names);

/* NULL if there is none; `nearest` (may be NULL) gets a suggestion, or NULL. */
const struct read_name *read_names_find(const struct read_names *names, const char *name,
                                        const char **nearest);
