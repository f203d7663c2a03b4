/* Reads small files as a whole; finds out whether a file exists, and which file a path names. */
#pragma once

#include "base/error.h"
#include "base/text.h"

#include <sys/types.h>

/* Adds the file's content. ERR_NOT_FOUND if it does not exist, ERR_TOO_LARGE above `most_bytes`,
 * ERR_IO if it is not a regular file or cannot be read; each names the path. */
MUST_CHECK enum err file_read(const char *path, size_t most_bytes, struct text *out,
                              struct error *error);

/* Whether the path names a file, following links. False only if it certainly does not (ENOENT, ENOTDIR);
 * ERR_IO with the system's reason if that is unknown, as in a directory that this process may not
 * search. */
MUST_CHECK enum err file_exists(const char *path, bool *ret_exists, struct error *error);

/* A file, independent of its name. The system may give the number of a removed file to a new one, but not
 * while a process has the removed one open. */
struct file_identity {
    dev_t device;
    ino_t inode;
};

/* The file that the path names now, following links. ERR_NOT_FOUND only if it certainly names none;
 * ERR_IO if that is unknown. */
MUST_CHECK enum err file_identify(const char *path, struct file_identity *ret_identity,
                                  struct error *error);

/* OK while the path names the file `identity`. ERR_REPLACED if it certainly names no file or
 * another one; ERR_IO if that is unknown. */
MUST_CHECK enum err file_check_identity(const char *path, const struct file_identity *identity,
                                        struct error *error);

/* Makes new, renamed and removed entries of the directory survive a power cut. ERR_DISK_FULL or
 * ERR_IO, naming the directory. */
MUST_CHECK enum err file_sync_directory(const char *directory, struct error *error);

/* Called for each file of a directory; an error ends the walk and is returned. */
typedef enum err file_visit_fn(void *context, const char *path, const char *name,
                               struct error *error);

/* Visits the directory's files whose names end in `suffix` (".json"), sorted by name, without hidden
 * files. ERR_NOT_FOUND if the directory does not exist, ERR_IO, naming it, if it cannot be read. */
MUST_CHECK enum err file_each(const char *directory, const char *suffix, file_visit_fn *visit,
                              void *context, struct error *error);
