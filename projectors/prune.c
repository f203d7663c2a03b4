#include "projectors/prune.h"

#include "projectors/holder.h"
#include "projectors/projector_ask.h"
#include "read_model/store/generation.h"

struct place {
    const char *data_directory, *model;
};

/* What the link names stays even if it is marked retired: its cutover may be incomplete. */
enum err prune_here(const char *data_directory, const char *model, struct error *error)
{
    int64_t current = 0;
    enum err err = generation_current(data_directory, model, &current, error);
    return err ? err : generation_remove_older(data_directory, model, current, 0, error);
}

static enum err here(void *context, struct error *error)
{
    const struct place *place = context;
    return prune_here(place->data_directory, place->model, error);
}

static enum err ask(void *context, struct error *error)
{
    const struct place *place = context;
    return projector_ask_prune(place->data_directory, place->model, error);
}

enum err prune_run(const char *data_directory, const char *model, struct error *error)
{
    struct place place = {data_directory, model};
    return holder_do(&(struct holder_work){.data_directory = data_directory,
                                           .model = model,
                                           .who = "annal models prune",
                                           .here = here,
                                           .ask = ask,
                                           .context = &place},
                     error);
}
