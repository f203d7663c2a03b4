/* The desk's queue: requests in their order, bounded in number and in bytes, and cursors of relays.
 * Any thread adds; the desk's thread takes.
 */
#pragma once

#include "event_store/write_set.h"
#include "telemetry/metrics.h"
#include "write_model/command_request.h"

#include <pthread.h>
#include <stdatomic.h>

#define DESK_BATCH_MOST   256 /* requests taken at once */
#define DESK_CURSORS_MOST 4

/* Cursors of relays that are to be stored, at most one of each name. */
struct desk_cursors {
    struct stored_cursor at[DESK_CURSORS_MOST];
    size_t count;
};

struct desk_queue {
    size_t commands_most, bytes_most;
    atomic_size_t waiting; /* requests in the queue; changed under the mutex, as the metric is */
    struct metric_series *waiting_metric;
    pthread_mutex_t mutex; /* around the rest */
    pthread_cond_t wake;
    struct {
        struct command_request *first, *last;
    } requests;
    size_t waiting_bytes;
    struct desk_cursors cursors; /* saved since the last take */
    bool stopping, idle;
};

void desk_queue_init(struct desk_queue *queue, size_t commands_most, size_t bytes_most);
void desk_queue_finish(struct desk_queue *queue);

/* Adds all requests or none. ERR_QUEUE_FULL, ERR_STOPPING. */
MUST_CHECK enum err desk_queue_add(struct desk_queue *queue,
                                   struct command_request *const *requests, size_t count,
                                   struct error *error);

/* Adds the cursor, or replaces the one with its name. */
void desk_queue_add_cursor(struct desk_queue *queue, const struct stored_cursor *cursor);

/* Waits for requests or cursors, and takes all cursors and at most DESK_BATCH_MOST requests. Returns false
 * if the queue is empty and has stopped. Adds to `cursors`, which may have some already. */
bool desk_queue_take(struct desk_queue *queue, struct command_request **ret_requests,
                     size_t *ret_count, struct desk_cursors *cursors);

/* From now on nothing can be added. */
void desk_queue_stop(struct desk_queue *queue);
