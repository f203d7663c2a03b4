/* A queue under a mutex, in order of turns: a job's turn is the current one plus the number of jobs of
 * its address that already wait. Very long work is done in pieces, each with its own turn. */
#include "api/read_workers.h"

#include "base/list.h"
#include "http/http_addresses.h"
#include "http/http_server.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#define ADDRESS_LEAST 4  /* jobs of an address that may always wait */
#define NICENESS      10 /* point reads come first, but do not starve the lists */

struct read_workers {
    pthread_t threads[READ_WORKERS];
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct {
        struct read_job *first, *last;
        size_t count;
    } waiting;
    uint64_t turn; /* of the job that was taken last */
    bool ending;
    void (*begin)(void *context);
    void *context;
    struct metric_series *metric_waiting;
};

/* The next job; NULL when the workers end. */
static struct read_job *take(struct read_workers *workers)
{
    pthread_mutex_lock(&workers->mutex);
    while (!workers->waiting.first && !workers->ending)
        pthread_cond_wait(&workers->changed, &workers->mutex);
    struct read_job *job = workers->waiting.first;
    if (job) {
        LIST_REMOVE(&workers->waiting, job);
        workers->turn = job->turn;
        workers->waiting.count--;
        metric_set(workers->metric_waiting, (int64_t)workers->waiting.count);
    }
    pthread_mutex_unlock(&workers->mutex);
    return job;
}

/* Under the mutex. */
static size_t count_of_address(const struct read_workers *workers, const struct read_job *job)
{
    const struct http_address *client = http_server_client(job->request);
    size_t found = 0;
    for (const struct read_job *each = workers->waiting.first; each; each = each->next)
        found += memcmp(http_server_client(each->request), client, sizeof *client) == 0;
    return found;
}

/* Under the mutex. */
static void append(struct read_workers *workers, struct read_job *job)
{
    struct read_job *later = workers->waiting.first;
    job->turn = workers->turn + count_of_address(workers, job);
    while (later && later->turn <= job->turn)
        later = later->next;
    LIST_INSERT(&workers->waiting, job, later);
    workers->waiting.count++;
    metric_set(workers->metric_waiting, (int64_t)workers->waiting.count);
    pthread_cond_signal(&workers->changed);
}

static void append_again(struct read_workers *workers, struct read_job *job)
{
    pthread_mutex_lock(&workers->mutex);
    append(workers, job);
    pthread_mutex_unlock(&workers->mutex);
}

static void *work(void *workers_)
{
    struct read_workers *workers = workers_;
    pthread_setname_np(pthread_self(), "read-worker");
    (void)!setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS); /* of this thread alone */
    if (workers->begin)
        workers->begin(workers->context);
    for (struct read_job *job = take(workers); job; job = take(workers)) {
        struct http_request *request = job->request; /* the job may be gone once it is resumed */
        bool done = job->run(request);
        if (!http_server_hold_answer(request) || done)
            http_deferral_wake(request);
        else
            append_again(workers, job);
    }
    return NULL;
}

struct read_workers *read_workers_open(void (*begin)(void *context), void *context)
{
    struct read_workers *workers = calloc(1, sizeof *workers);
    REQUIRE(workers && pthread_mutex_init(&workers->mutex, NULL) == 0);
    pthread_cond_init(&workers->changed, NULL);
    workers->begin = begin;
    workers->context = context;
    workers->metric_waiting = metric_series(METRIC_READS_WAITING, "");
    for (size_t i = 0; i < READ_WORKERS; i++)
        REQUIRE(pthread_create(&workers->threads[i], NULL, work, workers) == 0);
    return workers;
}

void read_workers_close(struct read_workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->mutex);
    workers->ending = true;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->mutex);
    for (size_t i = 0; i < READ_WORKERS; i++)
        pthread_join(workers->threads[i], NULL);
    REQUIRE(!workers->waiting.first);
    pthread_cond_destroy(&workers->changed);
    pthread_mutex_destroy(&workers->mutex);
    free(workers);
}

/* The request is suspended before a worker can see it, and so before it can be resumed. */
static bool enqueue(struct read_workers *workers, struct read_job *job, size_t waiting_most)
{
    pthread_mutex_lock(&workers->mutex);
    bool fits =
        workers->waiting.count < waiting_most || count_of_address(workers, job) < ADDRESS_LEAST;
    if (fits) {
        http_deferral_begin(job->request, &(struct http_deferral){.kept = true});
        append(workers, job);
    }
    pthread_mutex_unlock(&workers->mutex);
    return fits;
}

enum err read_workers_submit(struct read_workers *workers, struct read_job *job,
                             struct error *error)
{
    if (enqueue(workers, job, READ_WORKERS_WAITING))
        return OK;
    return error_set(error, ERR_QUEUE_FULL, "too many lists and queries are waiting; try again");
}

void read_workers_submit_more(struct read_workers *workers, struct read_job *job)
{
    REQUIRE(enqueue(workers, job, SIZE_MAX));
}
