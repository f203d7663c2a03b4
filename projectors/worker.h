/* The thread of a projector, while it holds the model's lock: it opens or builds the generation that
 * serves, then runs the subscription, and carries out requests of other threads between two transactions.
 */
#pragma once

#include "base/breaker.h"
#include "base/mailbox.h"
#include "projectors/projection.h"
#include "projectors/projector.h"
#include "telemetry/metrics.h"

#include <stdatomic.h>

#define REQUEST_STREAM_BYTES 260
#define REQUEST_REASON_BYTES 256

/* Requests of other threads, through the worker's mailbox. Each may be carried out twice. */
enum request_kind {
    REQUEST_CUTOVER, /* to generation `number` */
    REQUEST_RETRY,   /* the parked events of `stream` */
    REQUEST_SKIP,    /* the stream's poison event, which is at position `number` */
    REQUEST_PRUNE,   /* the generations before the one that serves */
};

struct request {
    enum request_kind kind;
    int64_t number;
    char stream[REQUEST_STREAM_BYTES];
    char reason[REQUEST_REASON_BYTES];
};

/* For the mailbox: the reason is not compared. */
bool worker_is_same_request(const void *a, const void *b);

/* Shared with other threads. */
struct worker_shared {
    atomic_bool stopping, rebuild_asked, rebuilding;
    atomic_int phase; /* enum projector_phase */
    atomic_llong generation, position, parked;
};

struct worker {
    const struct projector_options *options;
    const char *model;
    struct worker_shared *shared;
    struct mailbox *mailbox;
    int wake_fd;
    struct metric_series *parked_metric, *wal_metric;

    /* Of the thread alone. */
    struct projection *serving;
    int64_t number;
    struct background_build *builder; /* NULL: none runs */
    struct breaker build_breaker;
    bool wants_build; /* the generation that serves has another definition */
    bool other_log;   /* the generation that serves follows another log */
    bool reopen;      /* close everything and open it again */
};

bool worker_is_stopping(const struct worker *worker);

/* Waits at most so long; true if the worker must stop. */
bool worker_wait_ms(struct worker *worker, int ms);

/* Runs until a stop is requested, or an error of class STOP. */
MUST_CHECK enum err worker_run(struct worker *worker, struct error *error);

/* ---- worker_requests.c: the subscriber's between() ---- */

/* Context: the worker. ERR_INTERRUPTED ends the subscription. */
enum err worker_requests_serve(void *context, struct error *error);

/* Publishes its state to other threads and the metrics. */
void worker_publish(struct worker *worker);

/* ---- worker_build.c: the build in the background ---- */

/* Begins a build that is due, and ends one that has finished. */
void worker_build_tend(struct worker *worker);

/* Stops the build, if one runs, and logs how it ended. */
void worker_build_end(struct worker *worker);
