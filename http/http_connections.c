/* One mutex guards the list and the lingering sockets. Deadlines and the count of active requests are
 * atomics, so that an ordinary request takes no lock here. */
#include "http/http_connection.h"

#include "base/list.h"
#include "http/http_lingering.h"

#include <sys/socket.h>

#define SWEEP_MS 1000
#define DRAIN_MS 100  /* between two checks, while draining, whether patience is over */
#define LAST_MS  1000 /* that a connection may linger after the server has closed */

struct http_connections {
    struct http_server *server;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t drained;
    struct {
        struct http_connection *first, *last;
        unsigned count;
    } open; /* in the order in which they were accepted */
    struct http_lingering lingering;
    bool ending;
    atomic_int active;
};

/* --- the thread ------------------------------------------------------------------------------- */

/* A body that arrives too slowly is answered 408; its connection is cut at its next deadline. */
static bool is_over(struct http_connection *connection, int64_t now_ms)
{
    int64_t deadline_ms = atomic_load_explicit(&connection->deadline_ms, memory_order_relaxed);
    bool over = deadline_ms && now_ms >= deadline_ms;
    if (!over && !http_intake_is_slow(&connection->server->intake, connection, now_ms))
        return false;
    return !http_intake_answer_slow(connection) && over;
}

static void cut_overdue(struct http_connections *connections, int64_t now_ms)
{
    for (struct http_connection *each = connections->open.first; each; each = each->next)
        if (is_over(each, now_ms))
            shutdown(each->fd, SHUT_RDWR);
}

/* About once a second. */
static void sweep(struct http_connections *connections, int64_t now_ms)
{
    cut_overdue(connections, now_ms);
    http_budget_look(&connections->server->intake.budget, now_ms);
    http_budget_look(&connections->server->outflow.budget, now_ms);
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* Ends once the server has closed and no connection lingers. */
static void *run(void *argument)
{
    struct http_connections *connections = argument;
    int64_t next_sweep_ms = 0;
    pthread_setname_np(pthread_self(), "http-waits");
    for (;;) {
        int64_t now_ms = clock_monotonic_ms();
        pthread_mutex_lock(&connections->mutex);
        if (now_ms >= next_sweep_ms) {
            sweep(connections, now_ms);
            next_sweep_ms = now_ms + SWEEP_MS;
        }
        http_lingering_read(&connections->lingering);
        http_lingering_expire(&connections->lingering, now_ms);
        int64_t until_ms =
            earlier(next_sweep_ms, http_lingering_next_deadline_ms(&connections->lingering));
        bool over = connections->ending && connections->lingering.sockets.count == 0;
        pthread_mutex_unlock(&connections->mutex);
        if (over)
            return NULL;
        until_ms = earlier(until_ms, http_deferrals_work(connections->server));
        now_ms = clock_monotonic_ms();
        http_deferrals_sleep(&connections->server->deferrals, connections->lingering.epoll_fd,
                             until_ms > now_ms ? until_ms - now_ms : 0);
    }
}

/* --- the registry ----------------------------------------------------------------------------- */

struct http_connections *http_connections_open(struct http_server *server)
{
    struct http_connections *connections = calloc(1, sizeof *connections);
    REQUIRE(connections);
    connections->server = server;
    pthread_mutex_init(&connections->mutex, NULL);
    pthread_cond_init(&connections->drained, NULL);
    http_lingering_open(&connections->lingering, 2 * server->intake.limits.body_bytes);
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
    pthread_mutex_unlock(&connections->mutex);
    http_deferrals_interrupt(&connections->server->deferrals);
    pthread_join(connections->thread, NULL);
    REQUIRE(!connections->open.first);
    http_lingering_close(&connections->lingering);
    pthread_cond_destroy(&connections->drained);
    pthread_mutex_destroy(&connections->mutex);
    free(connections);
}

/* Closes the oldest connection that has no active request, so that a slow or silent client of a server
 * that is apart does not keep others out. */
static void evict_oldest(struct http_connections *connections)
{
    struct http_connection *oldest = connections->open.first;
    while (oldest && (oldest->evicted || atomic_load(&oldest->counted)))
        oldest = oldest->next;
    if (!oldest)
        return;
    oldest->evicted = true;
    shutdown(oldest->fd, SHUT_RDWR);
}

void http_connections_add(struct http_connections *connections, struct http_connection *added)
{
    pthread_mutex_lock(&connections->mutex);
    LIST_APPEND(&connections->open, added);
    connections->open.count++;
    if (connections->server->options.apart &&
        connections->open.count > connections->server->intake.limits.connections / 2)
        evict_oldest(connections); /* half of the slots are for those that are being closed */
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_remove(struct http_connections *connections, struct http_connection *removed)
{
    http_deferrals_forget(removed);
    pthread_mutex_lock(&connections->mutex);
    if (removed->unread)
        http_lingering_add(&connections->lingering, removed->fd);
    LIST_REMOVE(&connections->open, removed);
    connections->open.count--;
    pthread_mutex_unlock(&connections->mutex);
}

/* --- stopping --------------------------------------------------------------------------------- */

void http_connections_begin_request(struct http_connections *connections)
{
    atomic_fetch_add(&connections->active, 1);
}

void http_connections_end_request(struct http_connections *connections)
{
    if (atomic_fetch_sub(&connections->active, 1) > 1 ||
        !atomic_load(&connections->server->stopping))
        return;
    pthread_mutex_lock(&connections->mutex);
    pthread_cond_broadcast(&connections->drained);
    pthread_mutex_unlock(&connections->mutex);
}

void http_connections_drain(struct http_connections *connections, int64_t patience_ms)
{
    int64_t cut_ms = clock_monotonic_ms() + patience_ms;
    pthread_mutex_lock(&connections->mutex);
    for (struct http_connection *each = connections->open.first; each; each = each->next)
        http_deferrals_stop(each);
    http_deferrals_interrupt(&connections->server->deferrals);
    while (atomic_load(&connections->active) > 0) {
        struct timespec until = clock_monotonic_moment(clock_monotonic_ms() + DRAIN_MS);
        pthread_cond_clockwait(&connections->drained, &connections->mutex, CLOCK_MONOTONIC, &until);
        if (clock_monotonic_ms() >= cut_ms)
            cut_overdue(connections, INT64_MAX);
    }
    pthread_mutex_unlock(&connections->mutex);
}
