#include "write_model/state_fold.h"

#include "base/json.h"

void state_fold_begin(struct state_fold *fold, const struct catalogue *catalogue,
                      const struct aggregate *aggregate)
{
    *fold = (struct state_fold){
        .catalogue = catalogue, .aggregate = aggregate, .state = aggregate->create()};
}

void state_fold_finish(struct state_fold *fold)
{
    if (fold->state)
        fold->aggregate->destroy(fold->state);
    fold->state = NULL;
}

struct prefetch_stream state_fold_wanted(const struct state_fold *fold, struct slice stream)
{
    return (struct prefetch_stream){
        .name = stream,
        .format = fold->aggregate->state_format,
        .catalogue = fold->catalogue ? catalogue_hash(fold->catalogue) : NULL,
    };
}

bool state_fold_snapshot(struct state_fold *fold, int64_t version, struct slice text)
{
    AUTO(json) json_t *json = NULL;
    void *state = NULL;
    if (json_read(text, &json, NULL) != OK || fold->aggregate->from_json(json, &state, NULL) != OK)
        return false;
    fold->aggregate->destroy(fold->state);
    fold->state = state;
    fold->version = version;
    return true;
}

static enum err fold_event(const struct state_fold *fold, const struct event *event,
                           struct error *error)
{
    AUTO(json) json_t *data = NULL;
    struct slice type = event->type;
    enum err err = json_read(event->data, &data, error);
    if (err)
        err = error_set(error, ERR_POISON, "its data is not JSON");
    if (!err && fold->catalogue)
        err = upcasters_apply(catalogue_upcasters(fold->catalogue), &type, data, error);
    if (!err)
        err = aggregate_error(fold->aggregate->evolve(fold->state, type.at, data, error), error);
    return err;
}

void state_fold_event(struct state_fold *fold, const struct event *event)
{
    if (fold->error.code)
        return;
    if (fold_event(fold, event, &fold->error) != OK)
        error_add_context(&fold->error, fold->error.code, "fold %.*s, position %lld",
                          SLICE(event->stream), (long long)event->position);
    fold->version = event->version;
}
