/* The readers of the threads, the floor of each model, and the janitor: a thread that ends the
 * transactions of idle readers, which would keep the WAL from being checkpointed.
 *
 * A snapshot may be older than data already returned, because it began before a newer position was
 * committed. It is then renewed. Each renewal sees everything committed by then, so a second one is
 * enough unless the file was replaced by an older one.
 *
 * The janitor clears `janitor_watches` before its last look: a transaction that begins after that look
 * finds it cleared and wakes the janitor. A reader whose lock is taken is reading, and counts as open. */
#include "read_model/query/read_side_private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"
#include "base/program.h"

#include <stdio.h>

#define RENEWALS_MOST 4
#define SWEEP_MS      5

void reader_floor_init(struct reader_floor *floor)
{
    *floor = (struct reader_floor){0};
    REQUIRE(pthread_mutex_init(&floor->lock, NULL) == 0);
}

void reader_floor_finish(struct reader_floor *floor)
{
    pthread_mutex_destroy(&floor->lock);
}

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

static void wake_janitor(struct read_side *side)
{
    if (atomic_load(&side->janitor_watches))
        return;
    pthread_mutex_lock(&side->lock);
    atomic_store(&side->janitor_watches, true);
    pthread_cond_signal(&side->janitor_wakes);
    pthread_mutex_unlock(&side->lock);
}

static struct reader *make_reader(struct read_side *side)
{
    struct reader *reader = calloc(1, sizeof *reader);
    size_t count = models_count(side->models);
    REQUIRE(reader && pthread_mutex_init(&reader->lock, NULL) == 0);
    reader->side = side;
    reader->snapshots = calloc(count + 1, sizeof *reader->snapshots);
    REQUIRE(reader->snapshots);
    for (size_t i = 0; i < count; i++)
        read_snapshot_init(&reader->snapshots[i], side->data_directory, models_at(side->models, i));
    pthread_mutex_lock(&side->lock);
    LIST_APPEND(&side->readers, reader);
    pthread_mutex_unlock(&side->lock);
    REQUIRE(pthread_setspecific(side->reader_of_thread, reader) == 0);
    return reader;
}

static void free_reader(struct reader *reader)
{
    for (size_t i = 0; i < models_count(reader->side->models); i++)
        read_snapshot_finish(&reader->snapshots[i]);
    pthread_mutex_destroy(&reader->lock);
    free(reader->snapshots);
    free(reader);
}

void reader_close(void *reader_)
{
    struct reader *reader = reader_;
    struct read_side *side = reader->side;
    pthread_mutex_lock(&side->lock);
    LIST_REMOVE(&side->readers, reader);
    pthread_mutex_unlock(&side->lock);
    free_reader(reader);
}

void reader_close_all(struct read_side *side)
{
    struct reader *reader;
    while ((reader = side->readers.first)) {
        LIST_REMOVE(&side->readers, reader);
        free_reader(reader);
    }
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

static enum err renew(struct read_side *side, size_t model, struct read_snapshot *snapshot,
                      struct error *error)
{
    struct reader_floor *floor = &side->floors[model];
    for (int i = 0; i < RENEWALS_MOST; i++) {
        enum err err = read_snapshot_renew(snapshot, error);
        if (err)
            return not_renewed(snapshot, floor, err, error);
        if (raise_floor(floor, snapshot->log_id, snapshot->position)) {
            metric_set(side->positions[model], snapshot->position);
            wake_janitor(side);
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

enum err reader_begin(struct read_side *side, size_t model, bool newest,
                      struct reader_turn *ret_turn, struct error *error)
{
    struct reader *reader = pthread_getspecific(side->reader_of_thread);
    if (!reader)
        reader = make_reader(side);
    pthread_mutex_lock(&reader->lock);
    struct read_snapshot *snapshot = &reader->snapshots[model];
    bool fresh = !newest && snapshot->open &&
                 clock_monotonic_ms() - snapshot->began_ms < READER_SNAPSHOT_MS &&
                 snapshot->position >= reader_floor_position(&side->floors[model]);
    enum err err = fresh ? OK : renew(side, model, snapshot, error);
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
    for (size_t i = 0; i < models_count(reader->side->models); i++) {
        struct read_snapshot *snapshot = &reader->snapshots[i];
        if (snapshot->open && now_ms - snapshot->began_ms >= READER_SNAPSHOT_MS)
            read_snapshot_end(snapshot);
        left += snapshot->open;
    }
    return left;
}

static int sweep(struct read_side *side)
{
    int left = 0;
    int64_t now_ms = clock_monotonic_ms();
    for (struct reader *reader = side->readers.first; reader; reader = reader->next) {
        if (pthread_mutex_trylock(&reader->lock) != 0) {
            left++;
            continue;
        }
        left += sweep_reader(reader, now_ms);
        pthread_mutex_unlock(&reader->lock);
    }
    return left;
}

static void *work(void *side_)
{
    struct read_side *side = side_;
    pthread_mutex_lock(&side->lock);
    while (!side->janitor_stops) {
        atomic_store(&side->janitor_watches, false);
        if (sweep(side) > 0) {
            atomic_store(&side->janitor_watches, true);
            struct timespec until = clock_monotonic_moment(clock_monotonic_ms() + SWEEP_MS);
            pthread_cond_clockwait(&side->janitor_wakes, &side->lock, CLOCK_MONOTONIC, &until);
        } else {
            pthread_cond_wait(&side->janitor_wakes, &side->lock);
        }
    }
    pthread_mutex_unlock(&side->lock);
    return NULL;
}

void reader_start_janitor(struct read_side *side)
{
    REQUIRE(pthread_cond_init(&side->janitor_wakes, NULL) == 0);
    REQUIRE(pthread_create(&side->janitor, NULL, work, side) == 0);
    pthread_setname_np(side->janitor, "read-janitor");
}

void reader_stop_janitor(struct read_side *side)
{
    pthread_mutex_lock(&side->lock);
    side->janitor_stops = true;
    pthread_cond_signal(&side->janitor_wakes);
    pthread_mutex_unlock(&side->lock);
    pthread_join(side->janitor, NULL);
    pthread_cond_destroy(&side->janitor_wakes);
}
