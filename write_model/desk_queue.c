#include "write_model/desk_queue.h"

#include "base/clock.h"
#include "base/list.h"

void desk_queue_init(struct desk_queue *queue, size_t commands_most, size_t bytes_most)
{
    *queue = (struct desk_queue){.commands_most = commands_most, .bytes_most = bytes_most};
    queue->waiting_metric = metric_series(METRIC_DESK_WAITING, "");
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->wake, NULL);
}

void desk_queue_finish(struct desk_queue *queue)
{
    pthread_cond_destroy(&queue->wake);
    pthread_mutex_destroy(&queue->mutex);
}

/* ---- adding ---- */

static enum err check_bounds(const struct desk_queue *queue, size_t count, size_t bytes,
                             struct error *error)
{
    if (queue->stopping)
        return error_set(error, ERR_STOPPING, "the server is shutting down");
    size_t waiting = atomic_load(&queue->waiting);
    if (waiting + count > queue->commands_most || queue->waiting_bytes + bytes > queue->bytes_most)
        return error_set(error, ERR_QUEUE_FULL, "%zu commands are waiting; try again in a moment",
                         waiting);
    return OK;
}

static void add(struct desk_queue *queue, struct command_request *request)
{
    LIST_APPEND(&queue->requests, request);
    atomic_fetch_add(&queue->waiting, 1);
    queue->waiting_bytes += request->bytes;
}

static void show_waiting(const struct desk_queue *queue)
{
    metric_set(queue->waiting_metric, (int64_t)atomic_load(&queue->waiting));
}

static void wake(struct desk_queue *queue)
{
    if (queue->idle)
        pthread_cond_signal(&queue->wake);
}

enum err desk_queue_add(struct desk_queue *queue, struct command_request *const *requests,
                        size_t count, struct error *error)
{
    int64_t now_us = clock_monotonic_us();
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        requests[i]->arrived_us = now_us;
        bytes += requests[i]->bytes;
    }
    pthread_mutex_lock(&queue->mutex);
    enum err err = check_bounds(queue, count, bytes, error);
    for (size_t i = 0; !err && i < count; i++)
        add(queue, requests[i]);
    show_waiting(queue);
    if (!err)
        wake(queue);
    pthread_mutex_unlock(&queue->mutex);
    return err;
}

static void set_cursor(struct desk_cursors *cursors, const struct stored_cursor *cursor)
{
    size_t i = 0;
    while (i < cursors->count && strcmp(cursors->at[i].name, cursor->name) != 0)
        i++;
    REQUIRE(i < DESK_CURSORS_MOST);
    cursors->at[i] = *cursor;
    if (i == cursors->count)
        cursors->count++;
}

void desk_queue_add_cursor(struct desk_queue *queue, const struct stored_cursor *cursor)
{
    pthread_mutex_lock(&queue->mutex);
    set_cursor(&queue->cursors, cursor);
    wake(queue);
    pthread_mutex_unlock(&queue->mutex);
}

void desk_queue_stop(struct desk_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->stopping = true;
    wake(queue);
    pthread_mutex_unlock(&queue->mutex);
}

/* ---- taking ---- */

static bool is_empty(const struct desk_queue *queue)
{
    return !queue->requests.first && queue->cursors.count == 0;
}

static size_t take_requests(struct desk_queue *queue, struct command_request **ret_requests)
{
    size_t count = 0;
    struct command_request *request;
    while ((request = queue->requests.first) && count < DESK_BATCH_MOST) {
        LIST_REMOVE(&queue->requests, request);
        queue->waiting_bytes -= request->bytes;
        ret_requests[count++] = request;
    }
    atomic_fetch_sub(&queue->waiting, count);
    show_waiting(queue);
    return count;
}

bool desk_queue_take(struct desk_queue *queue, struct command_request **ret_requests,
                     size_t *ret_count, struct desk_cursors *cursors)
{
    pthread_mutex_lock(&queue->mutex);
    while (is_empty(queue) && !queue->stopping) {
        queue->idle = true;
        pthread_cond_wait(&queue->wake, &queue->mutex);
        queue->idle = false;
    }
    bool taken = !is_empty(queue);
    *ret_count = take_requests(queue, ret_requests);
    for (size_t i = 0; i < queue->cursors.count; i++)
        set_cursor(cursors, &queue->cursors.at[i]);
    queue->cursors.count = 0;
    pthread_mutex_unlock(&queue->mutex);
    return taken;
}
