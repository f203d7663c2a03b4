/* Files that are part of the program: each module's meson.build makes a table of them with embed.py.
 */
#pragma once

#include "base/slice.h"

struct embedded_file {
    const char *name;  /* the file's base name; NULL closes a table */
    struct slice text; /* NUL-terminated beyond its length */
};

/* Returns NULL if the table has no file of this name. */
const struct embedded_file *embedded_find(const struct embedded_file *table, const char *name);

/* The text of a file, which must exist. */
struct slice embedded_text(const struct embedded_file *table, const char *name);
