/* A read model's files: DATA/read/<model>.<n>.db, of which <model>.db, a symbolic link, names the
 * one that is served. The lock on <model>.db is the right to write any of them.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

struct generations {
    int64_t current; /* what the link names; 0 if there is no link */
    int64_t newest;  /* highest number there is a file of; 0 if none */
    int64_t oldest;  /* lowest number there is a file of; 0 if none */
};

/* Makes DATA/read if it is not there. */
MUST_CHECK enum err generation_make_directory(const char *data_directory, struct error *error);

MUST_CHECK enum err generation_list(const char *data_directory, const char *model,
                                    struct generations *ret, struct error *error);

/* Each read model that has, or once had, a worker or a generation in DATA, sorted by name, whatever
 * definitions this program knows. None if there is no DATA/read. */
typedef enum err generation_model_fn(void *context, const char *model, struct error *error);
MUST_CHECK enum err generation_each_model(const char *data_directory, generation_model_fn *each,
                                          void *context, struct error *error);

/* The number the link names, without looking for files; 0 if there is no link. */
MUST_CHECK enum err generation_current(const char *data_directory, const char *model,
                                       int64_t *ret_number, struct error *error);

/* DATA/read/<model>.<n>.db, and DATA/read/<model>.db for number 0. */
void generation_path(const char *data_directory, const char *model, int64_t number,
                     struct text *out);

/* Makes the link name generation `number`, atomically, and syncs the directory. */
MUST_CHECK enum err generation_link(const char *data_directory, const char *model, int64_t number,
                                    struct error *error);

/* Removes a generation's file with its -wal and -shm. */
MUST_CHECK enum err generation_remove(const char *data_directory, const char *model, int64_t number,
                                      struct error *error);

/* Removes all generations before `number` but `kept` (0: none is). */
MUST_CHECK enum err generation_remove_older(const char *data_directory, const char *model,
                                            int64_t number, int64_t kept, struct error *error);

/* Removes the generations before the one that the link names; neither that one nor one that is being
 * built. The caller holds the model's lock. */
MUST_CHECK enum err generation_prune(const char *data_directory, const char *model,
                                     struct error *error);
