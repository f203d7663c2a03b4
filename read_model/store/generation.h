/* A read model's files: DATA/read/<model>.<n>.db, a file for each generation. <model>.db, a symbolic
 * link, names the one that serves. Two locks guard them:
 *
 *   on <model>.db        the right to write the generation that serves, and to change the link
 *   on <model>.rebuild   the right to write a generation that does not serve yet
 *
 * A cutover needs both. A process that takes both takes the model's first.
 */
#pragma once

#include "base/error.h"
#include "base/lock_file.h"
#include "base/text.h"

#include <stdint.h>

struct generations {
    int64_t current; /* the one that the link names; 0 without a link */
    int64_t newest;  /* highest number of a file; 0 without files */
    int64_t oldest;  /* lowest number of a file; 0 without files */
};

/* Creates DATA/read if it does not exist. */
MUST_CHECK enum err generation_make_directory(const char *data_directory, struct error *error);

/* Both create DATA/read if it does not exist. ERR_LOCKED names the holder. */
MUST_CHECK enum err generation_lock(const char *data_directory, const char *model, const char *who,
                                    struct lock_file **ret_lock, struct error *error);
MUST_CHECK enum err generation_lock_rebuild(const char *data_directory, const char *model,
                                            struct lock_file **ret_lock, struct error *error);

MUST_CHECK enum err generation_list(const char *data_directory, const char *model,
                                    struct generations *ret, struct error *error);

/* Each read model that has or had a worker or a generation in DATA, sorted by name, independent of
 * the program's definitions. None without DATA/read. */
typedef enum err generation_model_fn(void *context, const char *model, struct error *error);
MUST_CHECK enum err generation_each_model(const char *data_directory, generation_model_fn *each,
                                          void *context, struct error *error);

/* The number that the link names, whether or not the file exists; 0 without a link. */
MUST_CHECK enum err generation_current(const char *data_directory, const char *model,
                                       int64_t *ret_number, struct error *error);

/* DATA/read/<model>.<n>.db, and DATA/read/<model>.db, which is locked too, for number 0. */
void generation_path(const char *data_directory, const char *model, int64_t number,
                     struct text *out);

/* Makes the link name generation `number`, atomically, and syncs the directory. */
MUST_CHECK enum err generation_link(const char *data_directory, const char *model, int64_t number,
                                    struct error *error);

/* Removes a generation's file with its -wal and -shm. */
MUST_CHECK enum err generation_remove(const char *data_directory, const char *model, int64_t number,
                                      struct error *error);

/* Removes all generations before `number` except `kept` (0: no exception). */
MUST_CHECK enum err generation_remove_older(const char *data_directory, const char *model,
                                            int64_t number, int64_t kept, struct error *error);

/* Removes the generations before the one that the link names; neither that one nor one that is being
 * built. The caller holds the model's lock. */
MUST_CHECK enum err generation_prune(const char *data_directory, const char *model,
                                     struct error *error);
