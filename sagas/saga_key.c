/* It is written under another name and renamed, so that a crash leaves no half of it. */
#include "sagas/saga_key.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

static enum err failed(struct error *error, const char *doing, const char *path)
{
    return error_set(error, ERR_IO, "%s %s: %s", doing, path, strerror(errno));
}

static bool write_and_sync(int file, const unsigned char key[SAGA_KEY_BYTES])
{
    return write(file, key, SAGA_KEY_BYTES) == SAGA_KEY_BYTES && fsync(file) == 0;
}

static enum err make(const char *data_directory, const char *path,
                     unsigned char key[SAGA_KEY_BYTES], struct error *error)
{
    AUTO(text) struct text new_path = {0};
    text_printf(&new_path, "%s.new", path);
    if (getrandom(key, SAGA_KEY_BYTES, 0) != SAGA_KEY_BYTES)
        return failed(error, "get random bytes for", path);
    int file = open(new_path.at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return failed(error, "make", new_path.at);
    bool is_written = write_and_sync(file, key);
    enum err err = is_written ? OK : failed(error, "write", new_path.at);
    close(file);
    if (!err && rename(new_path.at, path) != 0)
        err = failed(error, "make", path);
    return err ? err : file_sync_directory(data_directory, error);
}

/* Sagas that have begun have sent commands whose events only the lost key tells from others'. */
static enum err refuse(const char *path, struct error *error)
{
    return error_set(error, ERR_CORRUPT,
                     "%s is gone, but sagas have begun in sagas.db, which know the events of their "
                     "own commands by it: put it back, or restore "
                     "sagas.db, sagas.key and events.db of the same backup",
                     path);
}

enum err saga_key_read(const char *data_directory, bool may_make,
                       unsigned char ret_key[SAGA_KEY_BYTES], struct error *error)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", data_directory, SAGA_KEY_FILE);
    int file = open(path.at, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno != ENOENT)
        return failed(error, "open", path.at);
    if (file < 0)
        return may_make ? make(data_directory, path.at, ret_key, error) : refuse(path.at, error);
    ssize_t length = read(file, ret_key, SAGA_KEY_BYTES);
    enum err err = length < 0 ? failed(error, "read", path.at) : OK;
    close(file);
    if (!err && length != SAGA_KEY_BYTES)
        err = error_set(error, ERR_CORRUPT,
                        "%s has %zd bytes instead of %d: put it back, or restore sagas.db, "
                        "sagas.key and events.db of the same backup",
                        path.at, length, SAGA_KEY_BYTES);
    return err;
}
