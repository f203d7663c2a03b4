/* Between two transactions, where no transaction is open: carries out one request of another thread (a
 * cutover, a repair of a parked stream, a prune), and lets a build begin in the background.
 */
#include "projectors/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "projectors/cutover.h"
#include "read_model/store/generation.h"

#include <unistd.h>

static bool go_on(void *context, int64_t position, int64_t head)
{
    (void)position, (void)head;
    return !worker_is_stopping(context);
}

static void serve_successor(struct worker *worker, int64_t number, struct projection *successor)
{
    projection_close(worker->serving);
    worker->serving = successor;
    worker->number = number;
    worker->wants_build =
        false; /* an operator, or the build of this definition, requested the cutover */
    worker_publish(worker);
    log_info("%s: generation %lld serves, at position %lld", worker->model, (long long)number,
             (long long)successor->checkpoint.position);
}

static enum err do_cutover(struct worker *worker, int64_t number, struct error *error)
{
    struct projection *successor = NULL;
    struct cutover cutover = {
        .data_directory = worker->options->data_directory,
        .log_url = worker->options->log_url,
        .model = worker->model,
        .number = number,
        .serving = worker->serving,
        .progress = go_on,
        .context = worker,
    };
    bool retired = false;
    if (number == worker->number)
        return OK;
    enum err err = cutover_run(&cutover, &retired, &successor, error);
    if (!err)
        serve_successor(worker, number, successor);
    else if (error_class(err) == ERROR_CLASS_STOP)
        log_warning("%s: generation %lld continues to serve: %s", worker->model,
                    (long long)worker->number, error->text);
    worker->reopen = err && retired; /* opening completes the cutover */
    return err;
}

static enum err report_poison(struct worker *worker, enum err err, bool is_free,
                              struct error *error)
{
    worker_publish(worker);
    if (err || is_free)
        return err;
    return error_set(error, ERR_POISON, "%s", worker->serving->poison.text);
}

static enum err do_skip(struct worker *worker, const struct request *request, bool *ret_free,
                        struct error *error)
{
    return projection_skip(worker->serving, slice_of(request->stream), request->number,
                           request->reason, ret_free, error);
}

static enum err do_request(struct worker *worker, const struct request *request,
                           struct error *error)
{
    bool is_free = false;
    enum err err = OK;
    switch (request->kind) {
    case REQUEST_CUTOVER:
        return do_cutover(worker, request->number, error);
    case REQUEST_RETRY:
        err = projection_retry(worker->serving, slice_of(request->stream), &is_free, error);
        return report_poison(worker, err, is_free, error);
    case REQUEST_SKIP:
        err = do_skip(worker, request, &is_free, error);
        return report_poison(worker, err, is_free, error);
    case REQUEST_PRUNE:
        return generation_prune(worker->options->data_directory, worker->model, error);
    }
    return OK;
}

/* Rows written to a removed file are lost, and its lock may be gone too. */
static enum err check_path(const struct worker *worker, struct error *error)
{
    enum err err = db_check_path(projection_db(worker->serving), error);
    if (err != ERR_REPLACED)
        return err;
    return error_add_context(error, err,
                             "the read model's file was moved: put it back with its -wal, or "
                             "start the projector again, which builds the missing generation");
}

enum err worker_requests_serve(void *context, struct error *error)
{
    struct worker *worker = context;
    struct request request;
    if (worker_is_stopping(worker))
        return error_set(error, ERR_INTERRUPTED, "stopping");
    if (mailbox_take(worker->mailbox, &request)) {
        struct error why = {0};
        enum err err = do_request(worker, &request, &why);
        mailbox_answer(worker->mailbox, err, &why);
    }
    if (worker->reopen)
        return error_set(error, ERR_INTERRUPTED, "opening again");
    worker_build_tend(worker);
    return check_path(worker, error);
}
