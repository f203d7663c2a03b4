#include "projectors/holder.h"

#include "base/stop.h"
#include "projectors/model_lock.h"

#define ASK_MS  50
#define MOST_MS 30000

static enum err try_once(const struct holder_work *work, struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    enum err err = model_lock_take(work->data_directory, work->model, work->who, &lock, error);
    if (err == ERR_LOCKED)
        return work->ask(work->context, error);
    return err ? err : work->here(work->context, error);
}

enum err holder_do(const struct holder_work *work, struct error *error)
{
    enum err err = OK;
    for (int waited_ms = 0; waited_ms < MOST_MS; waited_ms += ASK_MS) {
        err = try_once(work, error);
        if (error_class(err) != ERROR_CLASS_RETRY || stop_wait_ms(ASK_MS))
            break;
    }
    return err ? error_add_context(error, err, "%s", work->model) : OK;
}
