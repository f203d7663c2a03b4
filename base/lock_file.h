/* One holder per file: an open file description lock (fcntl(2), F_OFD_SETLK) on FILE.lock, into which the
 * holder writes its name. The lock ends with the process, even if it is killed. Only the file's owner may
 * open it (0600), and so hold it. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

struct lock_file;

/* Takes the lock of `path` without waiting. ERR_LOCKED names the holder ("annal commands, pid 4711").
 * `who` is this process's role. */
MUST_CHECK enum err lock_file_take(const char *path, const char *who, struct lock_file **ret_lock,
                                   struct error *error);

#define LOCK_HOLDER_BYTES 128

/* Finds the holder of the lock of `path` without taking the lock: "annal commands, pid 4711", or "" if no
 * process holds it. */
MUST_CHECK enum err lock_file_find_holder(const char *path, char ret_holder[LOCK_HOLDER_BYTES],
                                          struct error *error);

void lock_file_release(struct lock_file *lock);
AUTO_CLOSE(lock_file, struct lock_file, lock_file_release)
