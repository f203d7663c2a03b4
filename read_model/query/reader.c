/* The readers of the threads, the floor of each model, and the janitor: a thread that ends the
 * transactions of idle readers, which would keep the WAL from being checkpointed.
 *
 * A snapshot may be older than data already returned, because it began before a newer position was
 * committed. It is then renewed. Each renewal sees everything committed by then, so a second one is
 * enough unless the file was replaced by an older one.
 *
 * The janitor clears `janitor_watches` before its last look: a transaction that begins after that look
 * finds it cleared and wakes the janitor. A reader whose lock is taken is reading, and counts as open. */
#include "read_model/query/reader.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"
#include "base/program.h"

#include <stdio.h>

#define RENEWALS_MOST 4
#define SWEEP_MS      5

/* Raising takes the lock, once per snapshot; reading takes one atomic load, once per read. False if
 * a newer position of the same log was returned. A model that has not followed a log yet ("") does not
 * count as following another one. */
static bool raise_floor(struct reader_floor *floor, const char *log_id, int64_t position)
{
    pthread_mutex_lock(&floor->lock);
    int64_t shown = atomic_load(&floor->position);
    bool other_log = floor->log_id[0] && log_id[0] && strcmp(floor->log_id, log_id) != 0;
    bool allowed = position >= shown || other_log;
    if (allowed) {
        if (log_id[0])
            snprintf(floor->log_id, sizeof floor->log_id, "%s", log_id);
        atomic_store(&floor->raised, true);
        atomic_store_explicit(&floor->position, position, memory_order_release);
    }
    pthread_mutex_unlock(&floor->lock);
    return allowed;
}

static void wake_janitor(struct readers *readers)
{
    if (atomic_load(&readers->janitor_watches))
        return;
    pthread_mutex_lock(&readers->lock);
    atomic_store(&readers->janitor_watches, true);
    pthread_cond_signal(&readers->janitor_wakes);
    pthread_mutex_unlock(&readers->lock);
}

static struct reader *make_reader(struct readers *readers)
{
    struct reader *reader = calloc(1, sizeof *reader);
    size_t count = models_count(readers->models);
    REQUIRE(reader && pthread_mutex_init(&reader->lock, NULL) == 0);
    reader->readers = readers;
    reader->snapshots = calloc(count + 1, sizeof *reader->snapshots);
    REQUIRE(reader->snapshots);
    for (size_t i = 0; i < count; i++)
        read_snapshot_init(&reader->snapshots[i], readers->data_directory,
                           models_at(readers->models, i));
    pthread_mutex_lock(&readers->lock);
    LIST_APPEND(&readers->all, reader);
    pthread_mutex_unlock(&readers->lock);
    REQUIRE(pthread_setspecific(readers->reader_of_thread, reader) == 0);
    return reader;
}

static void free_reader(struct reader *reader)
{
    for (size_t i = 0; i < models_count(reader->readers->models); i++)
        read_snapshot_finish(&reader->snapshots[i]);
    pthread_mutex_destroy(&reader->lock);
    free(reader->snapshots);
    free(reader);
}

/* Of a thread that ends. */
static void close_reader(void *reader_)
{
    struct reader *reader = reader_;
    struct readers *readers = reader->readers;
    pthread_mutex_lock(&readers->lock);
    LIST_REMOVE(&readers->all, reader);
    pthread_mutex_unlock(&readers->lock);
    free_reader(reader);
}

/* A model that was read before was built: the error names its missing files. */
static enum err not_renewed(const struct read_snapshot *snapshot, struct reader_floor *floor,
                            enum err err, struct error *error)
{
    if (err != ERR_NOT_READY || !atomic_load(&floor->raised))
        return err;
    return error_set(error, ERR_NOT_READY,
                     "the files of read model %s were removed or moved after they had been read; "
                     "put them back, or start `%s projector %s`, which rebuilds the model",
                     model_name(snapshot->model), program_name(), model_name(snapshot->model));
}

static enum err renew(struct readers *readers, size_t model, struct read_snapshot *snapshot,
                      struct error *error)
{
    struct reader_floor *floor = &readers->floors[model];
    for (int i = 0; i < RENEWALS_MOST; i++) {
        enum err err = read_snapshot_renew(snapshot, error);
        if (err)
            return not_renewed(snapshot, floor, err, error);
        if (raise_floor(floor, snapshot->log_id, snapshot->position)) {
            metric_set(readers->positions[model], snapshot->position);
            wake_janitor(readers);
            return OK;
        }
    }
    read_snapshot_end(snapshot);
    return error_set(error, ERR_NOT_READY,
                     "read model %s is at position %lld, before position %lld, which annal has "
                     "already returned; try again when it has caught up",
                     model_name(snapshot->model), (long long)snapshot->position,
                     (long long)reader_floor_position(floor));
}

enum err reader_begin(struct readers *readers, size_t model, bool newest,
                      struct reader_turn *ret_turn, struct error *error)
{
    struct reader *reader = pthread_getspecific(readers->reader_of_thread);
    if (!reader)
        reader = make_reader(readers);
    pthread_mutex_lock(&reader->lock);
    struct read_snapshot *snapshot = &reader->snapshots[model];
    bool fresh = !newest && snapshot->open &&
                 clock_monotonic_ms() - snapshot->began_ms < READER_SNAPSHOT_MS &&
                 snapshot->position >= reader_floor_position(&readers->floors[model]);
    enum err err = fresh ? OK : renew(readers, model, snapshot, error);
    if (err) {
        pthread_mutex_unlock(&reader->lock);
        return err;
    }
    *ret_turn = (struct reader_turn){reader, snapshot};
    return OK;
}

void reader_end(struct reader_turn *turn)
{
    if (turn->reader)
        pthread_mutex_unlock(&turn->reader->lock);
    *turn = (struct reader_turn){0};
}

/* Ends the reader's transactions that are old; returns how many are left. */
static int sweep_reader(struct reader *reader, int64_t now_ms)
{
    int left = 0;
    for (size_t i = 0; i < models_count(reader->readers->models); i++) {
        struct read_snapshot *snapshot = &reader->snapshots[i];
        if (snapshot->open && now_ms - snapshot->began_ms >= READER_SNAPSHOT_MS)
            read_snapshot_end(snapshot);
        left += snapshot->open;
    }
    return left;
}

static int sweep(struct readers *readers)
{
    int left = 0;
    int64_t now_ms = clock_monotonic_ms();
    for (struct reader *reader = readers->all.first; reader; reader = reader->next) {
        if (pthread_mutex_trylock(&reader->lock) != 0) {
            left++;
            continue;
        }
        left += sweep_reader(reader, now_ms);
        pthread_mutex_unlock(&reader->lock);
    }
    return left;
}

static void *work(void *readers_)
{
    struct readers *readers = readers_;
    pthread_mutex_lock(&readers->lock);
    while (!readers->janitor_stops) {
        atomic_store(&readers->janitor_watches, false);
        if (sweep(readers) > 0) {
            atomic_store(&readers->janitor_watches, true);
            struct timespec until = clock_monotonic_moment(clock_monotonic_ms() + SWEEP_MS);
            pthread_cond_clockwait(&readers->janitor_wakes, &readers->lock, CLOCK_MONOTONIC,
                                   &until);
        } else {
            pthread_cond_wait(&readers->janitor_wakes, &readers->lock);
        }
    }
    pthread_mutex_unlock(&readers->lock);
    return NULL;
}

static void start_janitor(struct readers *readers)
{
    REQUIRE(pthread_cond_init(&readers->janitor_wakes, NULL) == 0);
    REQUIRE(pthread_create(&readers->janitor, NULL, work, readers) == 0);
    pthread_setname_np(readers->janitor, "read-janitor");
}

static void stop_janitor(struct readers *readers)
{
    pthread_mutex_lock(&readers->lock);
    readers->janitor_stops = true;
    pthread_cond_signal(&readers->janitor_wakes);
    pthread_mutex_unlock(&readers->lock);
    pthread_join(readers->janitor, NULL);
    pthread_cond_destroy(&readers->janitor_wakes);
}

static void make_floors(struct readers *readers)
{
    size_t count = models_count(readers->models);
    readers->floors = calloc(count + 1, sizeof *readers->floors);
    readers->positions = calloc(count + 1, sizeof(struct metric_series *));
    REQUIRE(readers->floors && readers->positions);
    for (size_t i = 0; i < count; i++) {
        REQUIRE(pthread_mutex_init(&readers->floors[i].lock, NULL) == 0);
        readers->positions[i] =
            metric_series(METRIC_MODEL_POSITION, model_name(models_at(readers->models, i)));
    }
}

enum err reader_open_all(struct readers *readers, const char *data_directory,
                         const struct models *models, struct error *error)
{
    *readers = (struct readers){.models = models};
    if (pthread_key_create(&readers->reader_of_thread, close_reader) != 0)
        return error_set(error, ERR_INTERNAL, "read side: cannot create a thread-local key");
    readers->data_directory = strdup(data_directory);
    REQUIRE(readers->data_directory && pthread_mutex_init(&readers->lock, NULL) == 0);
    make_floors(readers);
    start_janitor(readers);
    return OK;
}

static void free_all(struct readers *readers)
{
    struct reader *reader;
    while ((reader = readers->all.first)) {
        LIST_REMOVE(&readers->all, reader);
        free_reader(reader);
    }
}

void reader_close_all(struct readers *readers)
{
    stop_janitor(readers);
    pthread_key_delete(readers->reader_of_thread);
    free_all(readers);
    for (size_t i = 0; i < models_count(readers->models); i++)
        pthread_mutex_destroy(&readers->floors[i].lock);
    free(readers->floors);
    free(readers->positions);
    pthread_mutex_destroy(&readers->lock);
    free(readers->data_directory);
}
