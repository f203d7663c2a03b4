/* A stack under a mutex: the reader used last has the warmest cache. */
#include "api/log_readers.h"

#include <pthread.h>

#define READERS_MOST 64

struct log_readers {
    const char *data_directory;
    const struct catalogue *catalogue;
    pthread_mutex_t mutex;
    struct event_log *idle[READERS_MOST];
    size_t count;
};

static enum err open_reader(const struct log_readers *readers, struct event_log **ret_log,
                            struct error *error)
{
    enum err err = event_log_open_reader(readers->data_directory, ret_log, error);
    if (err == ERR_NOT_FOUND) /* its writer has it open */
        return error_set(error, ERR_IO, "%s/" EVENT_LOG_FILE " is gone", readers->data_directory);
    if (!err)
        event_log_use_catalogue(*ret_log, readers->catalogue);
    return err;
}

enum err log_readers_open(const char *data_directory, const struct catalogue *catalogue,
                          size_t count, struct log_readers **ret_readers, struct error *error)
{
    AUTO(log_readers) struct log_readers *readers = calloc(1, sizeof *readers);
    REQUIRE(readers && count <= READERS_MOST);
    readers->data_directory = data_directory;
    readers->catalogue = catalogue;
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
        event_log_close(readers->idle[i]);
    pthread_mutex_destroy(&readers->mutex);
    free(readers);
}

enum err log_readers_take(struct log_readers *readers, struct event_log **ret_log,
                          struct error *error)
{
    struct event_log *log = NULL;
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
    struct event_log *log;
    struct checkpoint head;
    enum err err = log_readers_take(readers, &log, error);
    if (err)
        return err;
    err = event_log_check_path(log, error);
    if (!err)
        err = event_log_head(log, &head, NULL, error);
    log_readers_give_back(readers, log);
    return err;
}

void log_readers_give_back(struct log_readers *readers, struct event_log *log)
{
    pthread_mutex_lock(&readers->mutex);
    if (readers->count < READERS_MOST) {
        readers->idle[readers->count++] = log;
        log = NULL;
    }
    pthread_mutex_unlock(&readers->mutex);
    event_log_close(log);
}
