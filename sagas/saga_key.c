/* It is written under another name and renamed, so that a crash leaves no half of it. */
#include "sagas/saga_key.h"

#include "base/text.h"

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

static enum err make(const char *path, unsigned char key[SAGA_KEY_BYTES], struct error *error)
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
    return err;
}

enum err saga_key_read(const char *data_directory, unsigned char ret_key[SAGA_KEY_BYTES],
                       struct error *error)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", data_directory, SAGA_KEY_FILE);
    int file = open(path.at, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT ? make(path.at, ret_key, error) : failed(error, "open", path.at);
    ssize_t length = read(file, ret_key, SAGA_KEY_BYTES);
    enum err err = length < 0 ? failed(error, "read", path.at) : OK;
    close(file);
    if (!err && length != SAGA_KEY_BYTES)
        err = error_set(error, ERR_CORRUPT,
                        "%s has %zd bytes instead of %d: put it back from a backup, or remove it; "
                        "then sagas take the events of their earlier commands for a client's",
                        path.at, length, SAGA_KEY_BYTES);
    return err;
}
