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

struct log_readers *log_readers_open(const char *data_directory, const struct catalogue *catalogue)
{
    struct log_readers *readers = calloc(1, sizeof *readers);
    REQUIRE(readers);
    readers->data_directory = data_directory;
    readers->catalogue = catalogue;
    pthread_mutex_init(&readers->mutex, NULL);
    return readers;
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
    if (!log) {
        enum err err = event_log_open_reader(readers->data_directory, &log, error);
        if (err)
            return err;
        event_log_use_catalogue(log, readers->catalogue);
    }
    *ret_log = log;
    return OK;
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
