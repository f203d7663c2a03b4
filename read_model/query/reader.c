/* Renewing asks once more if a newer position was shown meanwhile; each asking sees everything
 * committed by then, so a second one is enough unless the file itself went back. */
#include "read_model/query/reader.h"

#include "base/clock.h"
#include "base/program.h"
#include "read_model/query/janitor.h"

#define RENEWALS_MOST 4

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
    reader->next = side->readers;
    side->readers = reader;
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
    struct reader **at = &side->readers;
    while (*at != reader)
        at = &(*at)->next;
    *at = reader->next;
    pthread_mutex_unlock(&side->lock);
    free_reader(reader);
}

void reader_close_all(struct read_side *side)
{
    while (side->readers) {
        struct reader *reader = side->readers;
        side->readers = reader->next;
        free_reader(reader);
    }
}

/* A model that was read once is not one that has never been built. */
static enum err not_renewed(const struct read_snapshot *snapshot, struct position_floor *floor,
                            enum err err, struct error *error)
{
    if (err != ERR_NOT_READY || !position_floor_is_raised(floor))
        return err;
    return error_set(error, ERR_NOT_READY,
                     "the files of read model %s were removed or moved after they had been read; "
                     "put them back, or start `%s projector %s`, which builds them anew",
                     model_name(snapshot->model), program_name(), model_name(snapshot->model));
}

static enum err renew(struct read_side *side, size_t model, struct read_snapshot *snapshot,
                      struct error *error)
{
    struct position_floor *floor = &side->floors[model];
    for (int i = 0; i < RENEWALS_MOST; i++) {
        enum err err = read_snapshot_renew(snapshot, error);
        if (err)
            return not_renewed(snapshot, floor, err, error);
        if (position_floor_raise(floor, snapshot->log_id, snapshot->position)) {
            metric_set(side->positions[model], snapshot->position);
            janitor_wake(side);
            return OK;
        }
    }
    read_snapshot_end(snapshot);
    return error_set(error, ERR_NOT_READY,
                     "read model %s is at position %lld, and %lld has been shown before; it has "
                     "to catch up first",
                     model_name(snapshot->model), (long long)snapshot->position,
                     (long long)position_floor_get(floor));
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
                 snapshot->position >= position_floor_get(&side->floors[model]);
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
