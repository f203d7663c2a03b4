#include "projectors/projection.h"

#include "projectors/lineage.h"

#include <stdio.h>

#define TRIES 3 /* of an event whose handler fails, before its stream is parked */

static enum err read_state(struct projection *p, struct error *error)
{
    enum err err = model_store_checkpoint(p->store, &p->checkpoint, error);
    if (err)
        return err;
    snprintf(p->definition, sizeof p->definition, "%s",
             model_definition_hash(model_store_model(p->store)));
    err = lineage_open(projection_db(p), error);
    if (err)
        return err;
    return dead_letters_open(projection_db(p), p->checkpoint.position, &p->letters, error);
}

enum err projection_create(const char *path, const struct model *model,
                           struct projection **ret_projection, struct error *error)
{
    AUTO(projection) struct projection *p = calloc(1, sizeof *p);
    REQUIRE(p);
    enum err err = model_store_create(path, model, DB_VOLATILE, &p->store, error);
    if (err)
        return err;
    err = read_state(p, error);
    if (err)
        return error_add_context(error, err, "%s", path);
    *ret_projection = p;
    p = NULL;
    return OK;
}

enum err projection_open(const char *path, enum db_durability durability,
                         struct projection **ret_projection, struct error *error)
{
    AUTO(projection) struct projection *p = calloc(1, sizeof *p);
    REQUIRE(p);
    enum err err = model_store_open(path, durability, &p->store, error);
    if (err)
        return err;
    err = read_state(p, error);
    if (err)
        return error_add_context(error, err, "%s", path);
    *ret_projection = p;
    p = NULL;
    return OK;
}

void projection_close(struct projection *p)
{
    if (!p)
        return;
    step_limits_finish(&p->limits);
    dead_letters_close(p->letters);
    model_store_close(p->store);
    free(p);
}

struct db *projection_db(struct projection *p)
{
    return model_store_db(p->store);
}

static enum err refresh(struct projection *p, struct error *error)
{
    if (!p->stale)
        return OK;
    enum err err = dead_letters_reload(p->letters, p->checkpoint.position, error);
    p->stale = err != OK;
    return err;
}

enum err projection_begin(struct projection *p, struct error *error)
{
    enum err err = refresh(p, error);
    return err ? err : model_store_begin(p->store, error);
}

/* ERR_POISON, with its reason in p->poison, if it fails each time. */
static enum err try_event(struct projection *p, const struct event *event, struct error *error)
{
    const char *known = step_limits_find(&p->limits, event->position);
    if (known)
        return error_set(&p->poison, ERR_POISON, "%s", known);
    enum err err = ERR_POISON;
    for (int i = 0; i < TRIES && err == ERR_POISON; i++)
        err = model_store_apply(p->store, event, &p->poison);
    if (!err)
        step_limits_pass(&p->limits, event);
    if (err == ERR_STEP_LIMIT || err == ERR_NO_MEMORY)
        return step_limits_note(&p->limits, event, &p->poison, p->repairing, error);
    if (err && err != ERR_POISON)
        error_set(error, err, "%s", p->poison.text);
    return err;
}

enum err projection_apply(struct projection *p, const struct event *event, struct error *error)
{
    bool taken = false;
    enum err err = dead_letters_take(p->letters, event, &taken, error);
    if (err || taken)
        return err;
    err = try_event(p, event, error);
    if (err == ERR_POISON)
        err = dead_letters_park(p->letters, event, TRIES, p->poison.text, error);
    return err;
}

enum err projection_commit(struct projection *p, const struct checkpoint *checkpoint,
                           struct error *error)
{
    enum err err = model_store_commit(p->store, checkpoint, error);
    if (err)
        return err;
    p->checkpoint = *checkpoint;
    step_limits_forget(&p->limits, checkpoint->position);
    return OK;
}

void projection_rollback(struct projection *p)
{
    model_store_rollback(p->store);
    p->stale = true;
}

static enum err try_unless_skipped(struct projection *p, const struct event *event,
                                   struct error *error)
{
    bool skipped = false;
    enum err err = dead_letters_is_skipped(p->letters, event->position, &skipped, error);
    return err || skipped ? err : try_event(p, event, error);
}

/* Applies a stream's parked events in order; stops at one that fails. */
static enum err apply_parked(struct projection *p, struct slice stream, bool *ret_free,
                             struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    for (;;) {
        enum err err = dead_letters_first_parked(p->letters, stream, &batch, error);
        *ret_free = !err && batch.count == 0;
        if (err)
            return err;
        if (*ret_free)
            return dead_letters_free_stream(p->letters, stream, error);
        err = try_unless_skipped(p, &batch.events[0], error);
        if (err == ERR_POISON)
            return dead_letters_fail(p->letters, &batch.events[0], TRIES, p->poison.text, error);
        if (!err)
            err = dead_letters_release(p->letters, batch.events[0].position, error);
        if (err)
            return err;
    }
}

/* `reason` NULL: no event is skipped. */
static enum err repair_once(struct projection *p, const struct event *first, const char *reason,
                            bool *ret_free, struct error *error)
{
    enum err err = projection_begin(p, error);
    if (!err && reason)
        err = dead_letters_skip(p->letters, first, reason, error);
    if (!err)
        err = apply_parked(p, first->stream, ret_free, error);
    if (!err)
        err = projection_commit(p, &p->checkpoint, error);
    if (err)
        projection_rollback(p);
    p->stale = true; /* fewer streams may be parked now */
    if (!err)
        (void)!refresh(p, NULL); /* else before the next transaction */
    return err;
}

static enum err repair(struct projection *p, const struct event *first, const char *reason,
                       bool *ret_free, struct error *error)
{
    enum err err;
    p->repairing = true;
    do
        err = repair_once(p, first, reason, ret_free, error);
    while (err == ERR_STEP_LIMIT);
    p->repairing = false;
    return err;
}

static enum err find_first(struct projection *p, struct slice stream, struct event_batch *batch,
                           struct error *error)
{
    enum err err = dead_letters_first_parked(p->letters, stream, batch, error);
    if (!err && batch->count == 0)
        err = error_set(error, ERR_NOT_FOUND, "the stream %.*s is not parked", SLICE(stream));
    return err;
}

enum err projection_retry(struct projection *p, struct slice stream, bool *ret_free,
                          struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    enum err err = find_first(p, stream, &batch, error);
    return err ? err : repair(p, &batch.events[0], NULL, ret_free, error);
}

enum err projection_skip(struct projection *p, struct slice stream, int64_t position,
                         const char *reason, bool *ret_free, struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    enum err err = find_first(p, stream, &batch, error);
    if (!err && batch.events[0].position != position)
        err = error_set(error, ERR_NOT_FOUND, "%.*s is parked at position %lld, not at %lld",
                        SLICE(stream), (long long)batch.events[0].position, (long long)position);
    return err ? err : repair(p, &batch.events[0], reason, ret_free, error);
}

enum err projection_take_skips(struct projection *p, struct error *error)
{
    AUTO(event_batch) struct event_batch batch = {0};
    for (;;) {
        bool is_free = false;
        enum err err = dead_letters_find_skipped(p->letters, &batch, error);
        if (!err && batch.count > 0)
            err = repair(p, &batch.events[0], NULL, &is_free, error);
        if (err || batch.count == 0)
            return err;
    }
}
