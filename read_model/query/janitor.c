/* It says that it sleeps before it looks for the last time: a transaction begun after that look
 * finds it asleep and wakes it. A reader it cannot lock is reading, and counts as open. */
#include "read_model/query/janitor.h"

#include "base/clock.h"
#include "read_model/query/reader.h"

#define SWEEP_MS 5

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
    for (struct reader *reader = side->readers; reader; reader = reader->next) {
        if (pthread_mutex_trylock(&reader->lock) != 0) {
            left++;
            continue;
        }
        left += sweep_reader(reader, now_ms);
        pthread_mutex_unlock(&reader->lock);
    }
    return left;
}

static void wait_a_little(struct read_side *side)
{
    struct timespec until = clock_monotonic_moment(clock_monotonic_ms() + SWEEP_MS);
    pthread_cond_clockwait(&side->janitor_wakes, &side->lock, CLOCK_MONOTONIC, &until);
}

static void *work(void *side_)
{
    struct read_side *side = side_;
    pthread_mutex_lock(&side->lock);
    while (!side->janitor_stops) {
        atomic_store(&side->janitor_watches, false);
        if (sweep(side) > 0) {
            atomic_store(&side->janitor_watches, true);
            wait_a_little(side);
        } else {
            pthread_cond_wait(&side->janitor_wakes, &side->lock);
        }
    }
    pthread_mutex_unlock(&side->lock);
    return NULL;
}

void janitor_start(struct read_side *side)
{
    REQUIRE(pthread_cond_init(&side->janitor_wakes, NULL) == 0);
    REQUIRE(pthread_create(&side->janitor, NULL, work, side) == 0);
    pthread_setname_np(side->janitor, "read-janitor");
}

void janitor_stop(struct read_side *side)
{
    pthread_mutex_lock(&side->lock);
    side->janitor_stops = true;
    pthread_cond_signal(&side->janitor_wakes);
    pthread_mutex_unlock(&side->lock);
    pthread_join(side->janitor, NULL);
    pthread_cond_destroy(&side->janitor_wakes);
}

void janitor_wake(struct read_side *side)
{
    if (atomic_load(&side->janitor_watches))
        return;
    pthread_mutex_lock(&side->lock);
    atomic_store(&side->janitor_watches, true);
    pthread_cond_signal(&side->janitor_wakes);
    pthread_mutex_unlock(&side->lock);
}
