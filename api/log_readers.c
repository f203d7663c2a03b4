/* A stack under a mutex: the reader used last has the warmest cache. */
#include "api/log_readers.h"

#include <pthread.h>

#define READERS_MOST 64

struct log_readers {
    const char *log_url;
    pthread_mutex_t mutex;
    struct event_store *idle[READERS_MOST];
    size_t count;
};

static enum err open_reader(const struct log_readers *readers, struct event_store **ret_log,
                            struct error *error)
{
    enum err err = event_store_open(readers->log_url, EVENT_STORE_READ, ret_log, error);
    if (err != ERR_NOT_FOUND)
        return err;
    AUTO(text) struct text place = {0};
    event_store_describe(readers->log_url, &place);
    return error_set(error, ERR_IO, "%s was removed or moved",
                     place.at); /* the desk has the file open */
}

enum err log_readers_open(const char *log_url, size_t count, struct log_readers **ret_readers,
                          struct error *error)
{
    AUTO(log_readers) struct log_readers *readers = calloc(1, sizeof *readers);
    REQUIRE(readers && count <= READERS_MOST);
    readers->log_url = log_url;
    pthread_mutex_init(&readers->mutex, NULL);
    for (; readers->count < count; readers->count++) {
        enum err err = open_reader(readers, &readers->idle[readers->count], error);
        if (err)
            return err;
    }
    *ret_readers = readers;
    readers = NULL;
    return OK;
}

void log_readers_close(struct log_readers *readers)
{
    if (!readers)
        return;
    for (size_t i = 0; i < readers->count; i++)
        event_store_close(readers->idle[i]);
    pthread_mutex_destroy(&readers->mutex);
    free(readers);
}

enum err log_readers_take(struct log_readers *readers, struct event_store **ret_log,
                          struct error *error)
{
    struct event_store *log = NULL;
    pthread_mutex_lock(&readers->mutex);
    if (readers->count > 0)
        log = readers->idle[--readers->count];
    pthread_mutex_unlock(&readers->mutex);
    enum err err = log ? OK : open_reader(readers, &log, error);
    if (!err)
        *ret_log = log;
    return err;
}

enum err log_readers_check(struct log_readers *readers, struct error *error)
{
    struct event_store *log;
    struct checkpoint head;
    enum err err = log_readers_take(readers, &log, error);
    if (err)
        return err;
    err = event_store_check(log, error);
    if (!err)
        err = event_store_head(log, &head, NULL, error);
    log_readers_give_back(readers, log);
    return err;
}

void log_readers_give_back(struct log_readers *readers, struct event_store *log)
{
    pthread_mutex_lock(&readers->mutex);
    if (readers->count < READERS_MOST) {
        readers->idle[readers->count++] = log;
        log = NULL;
    }
    pthread_mutex_unlock(&readers->mutex);
    event_store_close(log);
}
