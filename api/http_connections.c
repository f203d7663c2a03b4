/* One mutex guards the list and the parked; deadlines and the count of active requests are atomics,
 * so that an ordinary request takes no lock here. */
#include "api/http_connections.h"

#include "base/clock.h"

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#define SWEEP_MS      1000
#define SUBJECTS_MOST 64

struct http_connections {
    struct http_connections_options options;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* for the thread */
    pthread_cond_t drained;
    struct http_connection *first;
    struct http_connection **parked;
    size_t parked_capacity;
    _Atomic size_t parked_count; /* written under the mutex */
    bool news;                   /* something was parked or woken since the thread last looked */
    bool ending;
    atomic_bool stopping;
    atomic_int active;
};

struct subject_progress {
    const void *subject;
    int64_t position;
};

static void wait_on(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(condition, mutex, &until);
}

static void cut_overdue(struct http_connections *connections, int64_t now_ms)
{
    for (struct http_connection *each = connections->first; each; each = each->next) {
        int64_t deadline_ms = atomic_load_explicit(&each->deadline_ms, memory_order_relaxed);
        if (deadline_ms && now_ms >= deadline_ms)
            shutdown(each->fd, SHUT_RDWR);
    }
}

/* The distinct subjects waited for; those beyond the bound are asked for in a later round. */
static size_t collect_subjects(const struct http_connections *connections,
                               struct subject_progress out[SUBJECTS_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < connections->parked_count; i++) {
        size_t at = 0;
        while (at < count && out[at].subject != connections->parked[i]->subject)
            at++;
        if (at == count && count < SUBJECTS_MOST)
            out[count++] = (struct subject_progress){connections->parked[i]->subject, 0};
    }
    return count;
}

static bool has_come(const struct http_connection *parked, const struct subject_progress *progress,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (progress[i].subject == parked->subject)
            return progress[i].position >= parked->awaited;
    return false;
}

static enum http_wake wake_of(const struct http_connections *connections,
                              const struct http_connection *parked,
                              const struct subject_progress *progress, size_t count, int64_t now_ms)
{
    if (connections->stopping)
        return HTTP_WAKE_STOPPING;
    if (has_come(parked, progress, count))
        return HTTP_WAKE_PROGRESS;
    return now_ms >= parked->request.wait_deadline_ms ? HTTP_WAKE_EXPIRED : HTTP_WAKE_NONE;
}

static void resume_due(struct http_connections *connections,
                       const struct subject_progress *progress, size_t count)
{
    int64_t now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < connections->parked_count;) {
        struct http_connection *parked = connections->parked[i];
        enum http_wake wake = wake_of(connections, parked, progress, count, now_ms);
        if (wake == HTTP_WAKE_NONE) {
            i++;
            continue;
        }
        connections->parked[i] = connections->parked[--connections->parked_count];
        parked->request.wake = wake;
        connections->options.resume(parked);
    }
}

static void look_at_parked(struct http_connections *connections)
{
    struct subject_progress progress[SUBJECTS_MOST];
    size_t count = collect_subjects(connections, progress);
    pthread_mutex_unlock(&connections->mutex);
    for (size_t i = 0; i < count; i++)
        progress[i].position =
            connections->options.progress(connections->options.context, progress[i].subject);
    pthread_mutex_lock(&connections->mutex);
    resume_due(connections, progress, count);
}

/* Until the next sweep, poll or deadline, whichever comes first. */
static int64_t pause_ms(const struct http_connections *connections, int64_t next_sweep_ms)
{
    int64_t now_ms = clock_monotonic_ms(), until_ms = next_sweep_ms;
    for (size_t i = 0; i < connections->parked_count; i++)
        if (connections->parked[i]->request.wait_deadline_ms < until_ms)
            until_ms = connections->parked[i]->request.wait_deadline_ms;
    int64_t pause = until_ms > now_ms ? until_ms - now_ms : 0;
    bool polls = connections->parked_count > 0 && connections->options.poll_ms > 0;
    return polls && connections->options.poll_ms < pause ? connections->options.poll_ms : pause;
}

static void *run(void *argument)
{
    struct http_connections *connections = argument;
    int64_t next_sweep_ms = 0;
    pthread_setname_np(pthread_self(), "http-waits");
    pthread_mutex_lock(&connections->mutex);
    while (!connections->ending) {
        int64_t now_ms = clock_monotonic_ms();
        if (now_ms >= next_sweep_ms) {
            cut_overdue(connections, now_ms);
            next_sweep_ms = now_ms + SWEEP_MS;
        }
        connections->news = false;
        if (connections->parked_count > 0)
            look_at_parked(connections);
        if (!connections->news && !connections->ending)
            wait_on(&connections->changed, &connections->mutex,
                    pause_ms(connections, next_sweep_ms));
    }
    pthread_mutex_unlock(&connections->mutex);
    return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct http_connections *http_connections_open(const struct http_connections_options *options)
{
    struct http_connections *connections = calloc(1, sizeof *connections);
    REQUIRE(connections);
    connections->options = *options;
    pthread_mutex_init(&connections->mutex, NULL);
    init_condition(&connections->changed);
    init_condition(&connections->drained);
    REQUIRE(pthread_create(&connections->thread, NULL, run, connections) == 0);
    return connections;
}

static void tell_thread(struct http_connections *connections)
{
    connections->news = true;
    pthread_cond_signal(&connections->changed);
}

void http_connections_close(struct http_connections *connections)
{
    if (!connections)
        return;
    pthread_mutex_lock(&connections->mutex);
    connections->ending = true;
    tell_thread(connections);
    pthread_mutex_unlock(&connections->mutex);
    pthread_join(connections->thread, NULL);
    REQUIRE(!connections->first && connections->parked_count == 0);
    pthread_cond_destroy(&connections->drained);
    pthread_cond_destroy(&connections->changed);
    pthread_mutex_destroy(&connections->mutex);
    free(connections->parked);
    free(connections);
}

void http_connections_add(struct http_connections *connections, struct http_connection *added)
{
    pthread_mutex_lock(&connections->mutex);
    added->next = connections->first;
    if (added->next)
        added->next->previous = added;
    connections->first = added;
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_remove(struct http_connections *connections, struct http_connection *removed)
{
    pthread_mutex_lock(&connections->mutex);
    if (removed->next)
        removed->next->previous = removed->previous;
    if (removed->previous)
        removed->previous->next = removed->next;
    else
        connections->first = removed->next;
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_park(struct http_connections *connections, struct http_connection *parked,
                           const void *subject, int64_t awaited)
{
    pthread_mutex_lock(&connections->mutex);
    if (connections->parked_count == connections->parked_capacity) {
        connections->parked_capacity = connections->parked_capacity * 2 + 16;
        connections->parked = reallocarray(connections->parked, connections->parked_capacity,
                                           sizeof *connections->parked);
        REQUIRE(connections->parked);
    }
    parked->subject = subject;
    parked->awaited = awaited;
    connections->parked[connections->parked_count++] = parked;
    tell_thread(connections);
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_wake(struct http_connections *connections)
{
    if (atomic_load(&connections->parked_count) == 0)
        return;
    pthread_mutex_lock(&connections->mutex);
    tell_thread(connections);
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_begin_request(struct http_connections *connections)
{
    atomic_fetch_add(&connections->active, 1);
}

void http_connections_end_request(struct http_connections *connections)
{
    if (atomic_fetch_sub(&connections->active, 1) > 1 || !atomic_load(&connections->stopping))
        return;
    pthread_mutex_lock(&connections->mutex);
    pthread_cond_broadcast(&connections->drained);
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_drain(struct http_connections *connections, int64_t patience_ms)
{
    int64_t cut_ms = clock_monotonic_ms() + patience_ms;
    pthread_mutex_lock(&connections->mutex);
    atomic_store(&connections->stopping, true);
    tell_thread(connections);
    while (atomic_load(&connections->active) > 0) {
        wait_on(&connections->drained, &connections->mutex, 100);
        if (clock_monotonic_ms() >= cut_ms)
            cut_overdue(connections, INT64_MAX);
    }
    pthread_mutex_unlock(&connections->mutex);
}
