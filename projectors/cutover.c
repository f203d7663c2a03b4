#include "projectors/cutover.h"

#include "base/log.h"
#include "projectors/catch_up.h"
#include "projectors/feed.h"
#include "projectors/lineage.h"
#include "read_model/store/generation.h"

void (*cutover_step_for_test)(enum cutover_step step);

static void did(enum cutover_step step)
{
    if (cutover_step_for_test)
        cutover_step_for_test(step);
}

static enum err open_generation(const char *data_directory, const char *model, int64_t number,
                                struct projection **ret_projection, struct error *error)
{
    AUTO(text) struct text path = {0};
    generation_path(data_directory, model, number, &path);
    return projection_open(path.at, DB_ORDERED, ret_projection, error);
}

/* The position that the successor must reach: that of the generation that serves, or the log's head if
 * none serves or the one that serves follows another log. */
static enum err find_target(const struct cutover *h, int64_t *ret_target, struct error *error)
{
    struct checkpoint head;
    bool follows = false;
    enum err err = OK;
    if (h->serving)
        err = feed_contains(h->log_url, &h->serving->checkpoint, &follows, error);
    if (!err && follows) {
        *ret_target = h->serving->checkpoint.position;
        return OK;
    }
    if (!err)
        err = feed_head(h->log_url, &head, error);
    if (!err)
        *ret_target = head.position;
    return err;
}

static enum err carry_from(struct projection *from, struct projection *successor,
                           struct error *error)
{
    return lineage_carry(projection_db(from), from->definition, projection_db(successor),
                         successor->definition, error);
}

/* The file that served cannot be read: the skipped events are copied from the newest one that can. */
static enum err carry_from_older(const struct cutover *h, struct projection *successor,
                                 struct error *error)
{
    struct generations files;
    enum err err = generation_list(h->data_directory, h->model, &files, error);
    if (err || files.current == 0)
        return err;
    for (int64_t number = h->number - 1; number > 0 && number >= files.oldest; number--) {
        AUTO(projection) struct projection *older = NULL;
        err = open_generation(h->data_directory, h->model, number, &older, error);
        if (!err)
            err = carry_from(older, successor, error);
        if (!err || error_class(err) == ERROR_CLASS_RETRY) /* else it is missing or damaged */
            return err;
    }
    log_warning("%s: events that were skipped before may be parked again: the file that served "
                "cannot be read",
                h->model);
    return OK;
}

static enum err bring_up(const struct cutover *h, struct projection *successor, struct error *error)
{
    struct catch_up catch_up = {
        .log_url = h->log_url,
        .progress = h->progress,
        .context = h->context,
    };
    enum err err = h->serving ? carry_from(h->serving, successor, error)
                              : carry_from_older(h, successor, error);
    successor->stale = true;
    if (!err)
        err = projection_take_skips(successor, error);
    if (!err)
        err = find_target(h, &catch_up.to, error);
    return err ? err : catch_up_run(&catch_up, successor, error);
}

static enum err open_successor(const struct cutover *h, struct projection **ret_successor,
                               struct error *error)
{
    AUTO(projection) struct projection *successor = NULL;
    enum generation_state state = GENERATION_BUILDING;
    int64_t after = 0;
    enum err err = open_generation(h->data_directory, h->model, h->number, &successor, error);
    if (!err)
        err = model_store_state(successor->store, &state, &after, error);
    if (!err && state != GENERATION_READY)
        err = error_set(error, ERR_FAILED, "generation %lld is not complete", (long long)h->number);
    if (err)
        return err;
    *ret_successor = successor;
    successor = NULL;
    return OK;
}

/* Removes all files except those of the two newest served generations. A file that cannot be removed now
 * is removed after the next cutover. */
static void remove_older(const char *data_directory, const char *model, int64_t current,
                         int64_t previous)
{
    struct error error = {0};
    if (generation_remove_older(data_directory, model, current, previous, &error) != OK)
        log_warning("%s: an old generation stays: %s", model, error.text);
}

/* Steps 4 to 6. */
static enum err make_serving(const char *data_directory, const char *model, int64_t number,
                             struct projection *successor, struct error *error)
{
    struct generations before;
    enum err err = generation_list(data_directory, model, &before, error);
    if (!err && before.current != number)
        err = generation_link(data_directory, model, number, error);
    did(CUTOVER_LINKED);
    if (!err)
        err = model_store_set_state(successor->store, GENERATION_SERVING, 0, error);
    did(CUTOVER_SERVING);
    if (err)
        return err;
    if (before.current != number)
        remove_older(data_directory, model, number, before.current);
    did(CUTOVER_REMOVED);
    return OK;
}

static enum err run_locked(const struct cutover *h, bool *ret_retired,
                           struct projection **ret_serving, struct error *error)
{
    AUTO(projection) struct projection *successor = NULL;
    enum err err = open_successor(h, &successor, error);
    if (!err)
        err = bring_up(h, successor, error);
    did(CUTOVER_CAUGHT_UP);
    if (!err)
        err = db_checkpoint(projection_db(successor), error); /* syncs: it was opened ordered */
    did(CUTOVER_DURABLE);
    if (!err && h->serving)
        err = model_store_set_state(h->serving->store, GENERATION_RETIRED, h->number, error);
    if (err)
        return err;
    *ret_retired = true;
    did(CUTOVER_RETIRED);
    err = make_serving(h->data_directory, h->model, h->number, successor, error);
    if (err)
        return err;
    *ret_serving = successor;
    successor = NULL;
    return OK;
}

/* ERR_BUSY while a build uses the model's files. */
static enum err take_rebuild_lock(const char *data_directory, const char *model,
                                  struct lock_file **ret_lock, struct error *error)
{
    enum err err = generation_lock_rebuild(data_directory, model, ret_lock, error);
    return err == ERR_LOCKED ? error_set(error, ERR_BUSY, "a rebuild uses the files of %s", model)
                             : err;
}

enum err cutover_run(const struct cutover *h, bool *ret_retired, struct projection **ret_serving,
                     struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    *ret_retired = false;
    enum err err = take_rebuild_lock(h->data_directory, h->model, &lock, error);
    if (!err)
        err = run_locked(h, ret_retired, ret_serving, error);
    return err ? error_add_context(error, err, "cutover to generation %lld", (long long)h->number)
               : OK;
}

/* ERR_NOT_FOUND if the generation does not exist or is not complete. */
static enum err open_complete(const char *data_directory, const char *model, int64_t number,
                              struct projection **ret_projection, struct error *error)
{
    AUTO(projection) struct projection *projection = NULL;
    enum generation_state state = GENERATION_BUILDING;
    int64_t successor = 0;
    enum err err = open_generation(data_directory, model, number, &projection, error);
    if (!err)
        err = model_store_state(projection->store, &state, &successor, error);
    if (err)
        return err;
    if (state == GENERATION_BUILDING)
        return error_set(error, ERR_NOT_FOUND, "generation %lld is not complete",
                         (long long)number);
    *ret_projection = projection;
    projection = NULL;
    return OK;
}

/* The link names a retired generation: step 4 was not done. If a rebuild has removed the successor
 * meanwhile, which no reader has seen, the retired one serves again. */
static enum err follow_retired(const char *data_directory, const char *model, int64_t successor,
                               int64_t *number, struct projection **projection, struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    struct projection *next = NULL;
    enum err err = take_rebuild_lock(data_directory, model, &lock, error);
    if (!err)
        err = open_complete(data_directory, model, successor, &next, error);
    if (err == ERR_NOT_FOUND)
        return model_store_set_state((*projection)->store, GENERATION_SERVING, 0, error);
    if (err)
        return err;
    projection_close(*projection);
    *projection = next;
    *number = successor;
    return make_serving(data_directory, model, successor, next, error);
}

static enum err settle(const char *data_directory, const char *model, int64_t *number,
                       struct projection **projection, struct error *error)
{
    enum generation_state state = GENERATION_SERVING;
    int64_t successor = 0;
    enum err err = model_store_state((*projection)->store, &state, &successor, error);
    if (err)
        return err;
    switch (state) {
    case GENERATION_SERVING:
        return OK;
    case GENERATION_READY:
        return model_store_set_state((*projection)->store, GENERATION_SERVING, 0, error);
    case GENERATION_RETIRED:
        return follow_retired(data_directory, model, successor, number, projection, error);
    case GENERATION_BUILDING:
        break;
    }
    return error_set(error, ERR_CORRUPT,
                     "%s.db names generation %lld, which was never completed; remove the link",
                     model, (long long)*number);
}

enum err cutover_open_serving(const char *data_directory, const char *model, int64_t *ret_number,
                              struct projection **ret_serving, struct error *error)
{
    AUTO(projection) struct projection *projection = NULL;
    struct generations files;
    enum err err = generation_list(data_directory, model, &files, error);
    if (!err && files.current == 0)
        err = error_set(error, ERR_NOT_FOUND, "%s has no generation yet", model);
    if (!err)
        err = open_generation(data_directory, model, files.current, &projection, error);
    if (!err)
        err = settle(data_directory, model, &files.current, &projection, error);
    if (err)
        return err;
    *ret_number = files.current;
    *ret_serving = projection;
    projection = NULL;
    return OK;
}
