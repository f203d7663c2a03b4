#include "projectors/repair.h"

#include "projectors/cutover.h"
#include "projectors/holder.h"
#include "projectors/projector_ask.h"

struct work {
    const struct repair *repair;
    int64_t position;
    const char *reason; /* NULL: nothing is skipped */
};

static enum err ask_holder(void *context, struct error *error)
{
    const struct work *work = context;
    const struct repair *repair = work->repair;
    AUTO(json)
    json_t *body =
        json_pack("{s:s, s:I, s:s}", "stream", repair->stream, "position",
                  (json_int_t)work->position, "reason", work->reason ? work->reason : "");
    if (!body)
        return error_set(error, ERR_BAD_REQUEST, "the stream's name or the reason is not UTF-8");
    return projector_ask_repair(repair->data_directory, repair->model,
                                work->reason ? "/dead-letters/skip" : "/dead-letters/retry", body,
                                error);
}

/* The caller holds the model's lock. */
static enum err do_here(void *context, struct error *error)
{
    AUTO(projection) struct projection *serving = NULL;
    const struct work *work = context;
    const struct repair *repair = work->repair;
    struct slice stream = slice_of(repair->stream);
    int64_t number = 0;
    bool is_free = false;
    enum err err =
        cutover_open_serving(repair->data_directory, repair->model, &number, &serving, error);
    if (!err && work->reason)
        err = projection_skip(serving, stream, work->position, work->reason, &is_free, error);
    else if (!err)
        err = projection_retry(serving, stream, &is_free, error);
    if (!err && !is_free)
        err = error_set(error, ERR_POISON, "%s", serving->poison.text);
    return err;
}

static enum err run(struct work *work, struct error *error)
{
    return holder_do(&(struct holder_work){.data_directory = work->repair->data_directory,
                                           .model = work->repair->model,
                                           .who = "annal dead-letters",
                                           .here = do_here,
                                           .ask = ask_holder,
                                           .context = work},
                     error);
}

enum err repair_retry(const struct repair *repair, struct error *error)
{
    return run(&(struct work){.repair = repair}, error);
}

enum err repair_skip(const struct repair *repair, int64_t position, const char *reason,
                     struct error *error)
{
    return run(&(struct work){.repair = repair, .position = position, .reason = reason}, error);
}
