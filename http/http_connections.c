/* One mutex guards the list and those that wait; deadlines and the count of active requests are
 * atomics, so that an ordinary request takes no lock here. */
#include "http/http_connections.h"

#include "base/clock.h"
#include "http/http_hangups.h"
#include "http/http_lingering.h"
#include "http/http_parked.h"
#include "http/listener_places.h"

#include <pthread.h>
#include <sys/socket.h>

#define SWEEP_MS     1000
#define DRAIN_MS     100  /* how often it is looked, while draining, whether patience is over */
#define HANGUPS_MOST 64   /* taken at once */
#define LAST_MS      1000 /* that a connection may linger after the server has closed */

struct http_connections {
    struct http_connections_options options;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t drained;
    struct http_hangups hangups; /* what the thread sleeps on */
    struct http_connection *first;
    struct http_parked parked;
    struct http_lingering lingering;
    bool news; /* the thread was told since it last looked */
    bool ending;
    atomic_bool stopping; /* written under the mutex */
    atomic_int active;
};

/* --- the thread ------------------------------------------------------------------------------- */

static void cut_overdue(struct http_connections *connections, int64_t now_ms)
{
    for (struct http_connection *each = connections->first; each; each = each->next) {
        if (connections->options.is_over(each, now_ms))
            shutdown(each->fd, SHUT_RDWR);
    }
}

static void look_at_parked(struct http_connections *connections)
{
    struct http_progress progress[HTTP_PARKED_SUBJECTS_MOST];
    size_t count = http_parked_subjects(&connections->parked, progress);
    pthread_mutex_unlock(&connections->mutex);
    for (size_t i = 0; i < count; i++)
        progress[i].position =
            connections->options.progress(connections->options.context, progress[i].subject);
    pthread_mutex_lock(&connections->mutex);
    http_parked_resume_due(&connections->parked, progress, count, connections->stopping,
                           connections->options.resume);
}

/* A request at rest whose client has gone, or whose server closes, has nothing more to wait for. */
static void end_rest_if_over(struct http_connections *connections, struct http_connection *resting)
{
    if (!resting->resting || !(connections->stopping || resting->gone))
        return;
    resting->resting = false;
    connections->options.resume(resting);
}

static void take_hangups(struct http_connections *connections)
{
    void *gone[HANGUPS_MOST];
    size_t count;
    do {
        count = http_hangups_take(&connections->hangups, gone, HANGUPS_MOST);
        for (size_t i = 0; i < count; i++) {
            struct http_connection *connection = gone[i];
            atomic_store(&connection->gone, true);
            listener_places_give_back(&connection->request);
            end_rest_if_over(connections, connection);
        }
    } while (count > 0);
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* Until the next sweep, poll or deadline, whichever comes first. */
static int64_t pause_ms(const struct http_connections *connections, int64_t next_sweep_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t until_ms = earlier(http_parked_next_deadline_ms(&connections->parked),
                               http_lingering_next_deadline_ms(&connections->lingering));
    until_ms = earlier(until_ms, next_sweep_ms);
    int64_t pause = until_ms > now_ms ? until_ms - now_ms : 0;
    bool polls = connections->parked.count > 0 && connections->options.poll_ms > 0;
    return polls && connections->options.poll_ms < pause ? connections->options.poll_ms : pause;
}

static void sleep_for(struct http_connections *connections, int64_t ms)
{
    pthread_mutex_unlock(&connections->mutex);
    http_hangups_sleep(&connections->hangups, connections->lingering.epoll_fd, ms);
    pthread_mutex_lock(&connections->mutex);
}

static void sweep(struct http_connections *connections, int64_t now_ms)
{
    cut_overdue(connections, now_ms);
    connections->options.look(connections->options.context, now_ms);
}

/* Ends once the server has closed and no connection lingers any more. */
static void *run(void *argument)
{
    struct http_connections *connections = argument;
    int64_t next_sweep_ms = 0;
    pthread_setname_np(pthread_self(), "http-waits");
    pthread_mutex_lock(&connections->mutex);
    while (!connections->ending || connections->lingering.count > 0) {
        int64_t now_ms = clock_monotonic_ms();
        if (now_ms >= next_sweep_ms) {
            sweep(connections, now_ms);
            next_sweep_ms = now_ms + SWEEP_MS;
        }
        connections->news = false;
        take_hangups(connections);
        http_lingering_read(&connections->lingering);
        http_lingering_expire(&connections->lingering, now_ms);
        if (connections->parked.count > 0)
            look_at_parked(connections);
        if (!connections->news)
            sleep_for(connections, pause_ms(connections, next_sweep_ms));
    }
    pthread_mutex_unlock(&connections->mutex);
    return NULL;
}

/* Under the mutex. */
static void tell_thread(struct http_connections *connections)
{
    if (!connections->news)
        http_hangups_tell(&connections->hangups);
    connections->news = true;
}

/* --- the registry ----------------------------------------------------------------------------- */

struct http_connections *http_connections_open(const struct http_connections_options *options)
{
    struct http_connections *connections = calloc(1, sizeof *connections);
    REQUIRE(connections);
    connections->options = *options;
    pthread_mutex_init(&connections->mutex, NULL);
    pthread_cond_init(&connections->drained, NULL);
    http_hangups_open(&connections->hangups);
    http_lingering_open(&connections->lingering, options->linger_bytes);
    REQUIRE(pthread_create(&connections->thread, NULL, run, connections) == 0);
    return connections;
}

void http_connections_close(struct http_connections *connections)
{
    if (!connections)
        return;
    pthread_mutex_lock(&connections->mutex);
    connections->ending = true;
    http_lingering_hurry(&connections->lingering, clock_monotonic_ms() + LAST_MS);
    tell_thread(connections);
    pthread_mutex_unlock(&connections->mutex);
    pthread_join(connections->thread, NULL);
    REQUIRE(!connections->first);
    http_parked_finish(&connections->parked);
    http_lingering_close(&connections->lingering);
    http_hangups_close(&connections->hangups);
    pthread_cond_destroy(&connections->drained);
    pthread_mutex_destroy(&connections->mutex);
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
    if (removed->watched)
        http_hangups_forget(&connections->hangups, removed->fd);
    if (removed->next)
        removed->next->previous = removed->previous;
    if (removed->previous)
        removed->previous->next = removed->next;
    else
        connections->first = removed->next;
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_linger(struct http_connections *connections, int fd)
{
    pthread_mutex_lock(&connections->mutex);
    http_lingering_add(&connections->lingering, fd);
    pthread_mutex_unlock(&connections->mutex);
}

/* --- waiting ---------------------------------------------------------------------------------- */

/* From its first wait on: one that never waits costs nothing here. */
static void watch(struct http_connections *connections, struct http_connection *watched)
{
    if (!watched->watched)
        http_hangups_watch(&connections->hangups, watched->fd, watched);
    watched->watched = true;
}

void http_connections_park(struct http_connections *connections, struct http_connection *parked,
                           const void *subject, int64_t awaited)
{
    pthread_mutex_lock(&connections->mutex);
    watch(connections, parked);
    parked->subject = subject;
    parked->awaited = awaited;
    http_parked_add(&connections->parked, parked);
    tell_thread(connections);
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_tell(struct http_connections *connections)
{
    if (atomic_load(&connections->parked.count) == 0)
        return;
    pthread_mutex_lock(&connections->mutex);
    tell_thread(connections);
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_rest(struct http_connections *connections, struct http_connection *resting)
{
    pthread_mutex_lock(&connections->mutex);
    watch(connections, resting);
    resting->resting = true;
    end_rest_if_over(connections, resting);
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_wake(struct http_connections *connections, struct http_connection *woken)
{
    pthread_mutex_lock(&connections->mutex);
    if (woken->resting)
        connections->options.resume(woken);
    woken->resting = false;
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_notice(struct http_connections *connections)
{
    pthread_mutex_lock(&connections->mutex);
    take_hangups(connections);
    tell_thread(connections); /* it resumes those that are parked */
    pthread_mutex_unlock(&connections->mutex);
}

/* --- stopping --------------------------------------------------------------------------------- */

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

static void end_waits(struct http_connections *connections)
{
    atomic_store(&connections->stopping, true);
    for (struct http_connection *each = connections->first; each; each = each->next)
        end_rest_if_over(connections, each);
    tell_thread(connections);
}

void http_connections_drain(struct http_connections *connections, int64_t patience_ms)
{
    int64_t cut_ms = clock_monotonic_ms() + patience_ms;
    pthread_mutex_lock(&connections->mutex);
    end_waits(connections);
    while (atomic_load(&connections->active) > 0) {
        struct timespec until = clock_monotonic_moment(clock_monotonic_ms() + DRAIN_MS);
        pthread_cond_clockwait(&connections->drained, &connections->mutex, CLOCK_MONOTONIC, &until);
        if (clock_monotonic_ms() >= cut_ms)
            cut_overdue(connections, INT64_MAX);
    }
    pthread_mutex_unlock(&connections->mutex);
}
