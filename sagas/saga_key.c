#include "sagas/saga_key.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

/* ---- the file ---- */

static enum err failed(struct error *error, const char *doing, const char *path)
{
    return error_set(error, ERR_IO, "%s %s: %s", doing, path, strerror(errno));
}

/* Written under another name and renamed, so that a crash leaves no partial file. */
static enum err make(const char *data_directory, const char *path,
                     unsigned char key[SAGA_KEY_BYTES], struct error *error)
{
    AUTO(text) struct text new_path = {0};
    text_printf(&new_path, "%s.new", path);
    if (getrandom(key, SAGA_KEY_BYTES, 0) != SAGA_KEY_BYTES)
        return failed(error, "get random bytes for", path);
    int file = open(new_path.at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return failed(error, "create", new_path.at);
    bool is_written = write(file, key, SAGA_KEY_BYTES) == SAGA_KEY_BYTES && fsync(file) == 0;
    enum err err = is_written ? OK : failed(error, "write", new_path.at);
    close(file);
    if (!err && rename(new_path.at, path) != 0)
        err = failed(error, "create", path);
    return err ? err : file_sync_directory(data_directory, error);
}

/* Sagas have begun: only the lost key distinguishes the events of their commands from others. */
static enum err refuse(const char *path, struct error *error)
{
    return error_set(error, ERR_CORRUPT,
                     "%s does not exist, but the sagas in sagas.db need it to recognize the events "
                     "of their own commands: put it back, or restore sagas.db, sagas.key and "
                     "events.db of the same backup",
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

/* ---- ids made with it ---- */

static void add_text(struct sha256 *sha, const char *text)
{
    sha256_add_u64(sha, strlen(text));
    sha256_add(sha, text, strlen(text));
}

/* Over texts, each after its length, between two copies of the key. */
static uint64_t id_mac(const unsigned char key[SAGA_KEY_BYTES], const struct saga_row *row,
                       int64_t number, const char *category, const char *target)
{
    unsigned char hash[SHA256_BYTES];
    uint64_t mac = 0;
    struct sha256 *sha = sha256_create();
    sha256_begin(sha);
    sha256_add(sha, key, SAGA_KEY_BYTES);
    add_text(sha, row->saga);
    add_text(sha, row->id);
    sha256_add_u64(sha, (uint64_t)number);
    add_text(sha, category);
    add_text(sha, target);
    sha256_add(sha, key, SAGA_KEY_BYTES);
    sha256_end(sha, hash);
    sha256_destroy(sha);
    for (size_t i = 0; i < sizeof mac; i++)
        mac = mac << 8 | hash[i];
    return mac;
}

static void write_prefix(const struct saga_row *row, char out[SAGA_KEY_ID_BYTES])
{
    snprintf(out, SAGA_KEY_ID_BYTES, "%s-%016llx-", row->saga,
             (unsigned long long)hash_bytes(0, slice_of(row->id)));
}

void saga_key_write_id(const unsigned char key[SAGA_KEY_BYTES], const struct saga_row *row,
                       int64_t number, const char *category, const char *target,
                       char out[SAGA_KEY_ID_BYTES])
{
    char prefix[SAGA_KEY_ID_BYTES];
    write_prefix(row, prefix);
    snprintf(out, SAGA_KEY_ID_BYTES, "%s%lld-%016llx", prefix, (long long)number,
             (unsigned long long)id_mac(key, row, number, category, target));
}

/* The number between the prefix and the MAC; 0: the id has another form. */
static int64_t number_of(const struct saga_row *row, struct slice cause)
{
    char prefix[SAGA_KEY_ID_BYTES];
    int64_t number;
    write_prefix(row, prefix);
    size_t begin = strlen(prefix), end = begin;
    if (cause.length <= begin || memcmp(cause.at, prefix, begin) != 0)
        return 0;
    while (end < cause.length && cause.at[end] != '-')
        end++;
    return slice_read_int((struct slice){cause.at + begin, end - begin}, &number) ? number : 0;
}

bool saga_key_is_own(const unsigned char key[SAGA_KEY_BYTES], const struct saga_row *row,
                     const char *category, const char *target, struct slice cause)
{
    char id[SAGA_KEY_ID_BYTES];
    int64_t number = number_of(row, cause);
    if (number <= 0)
        return false;
    saga_key_write_id(key, row, number, category, target, id);
    return slice_is(cause, id);
}
