/* The lists of a catalogue: catalogue_read.c fills them, catalogue.c searches them. Only these two include
 * it. */
#pragma once

#include "base/arena.h"
#include "base/sha256.h"
#include "schema/catalogue/catalogue.h"

#include <stdatomic.h>

struct entries {
    struct catalogue_entry *at;
    size_t count, capacity, built_in; /* the built-in ones come first while files are read */
};

struct catalogue {
    atomic_size_t holders;
    struct entries events, commands; /* sorted by name after all files have been read */
    struct upcasters *upcasters;
    const char **event_names; /* in the order of `events` */
    char hash[2 * SHA256_BYTES + 1];
    struct arena arena; /* names, and texts of files */
};

MUST_CHECK enum err catalogue_read_built_in(struct catalogue *catalogue,
                                            const struct catalogue_files *files,
                                            struct error *error);
MUST_CHECK enum err catalogue_read_directory(struct catalogue *catalogue, const char *directory,
                                             struct error *error);
