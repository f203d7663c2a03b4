/* libmicrohttpd does not watch the sockets of suspended connections, so an epoll set here does,
 * edge-triggered: each client that leaves is reported once. A client that closes only its sending side
 * counts as gone too, because the two cannot be distinguished.
 */
#include "http/http_connection.h"

#include "base/array.h"
#include "base/wake.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#define SUBJECTS_MOST 64 /* whose progress is read in one round; others wait for the next */
#define LEFT_MOST     64 /* clients that one call of epoll_wait() reports */

struct progress {
    const void *subject;
    int64_t position;
};

void http_deferrals_open(struct http_deferrals *deferrals)
{
    pthread_mutex_init(&deferrals->mutex, NULL);
    deferrals->clients_fd = epoll_create1(EPOLL_CLOEXEC);
    REQUIRE(deferrals->clients_fd >= 0 && wake_open(&deferrals->news_fd, NULL) == OK);
}

void http_deferrals_close(struct http_deferrals *deferrals)
{
    REQUIRE(deferrals->waiting.count == 0);
    free(deferrals->waiting.at);
    close(deferrals->clients_fd);
    close(deferrals->news_fd);
    pthread_mutex_destroy(&deferrals->mutex);
}

/* --- the thread's sleep ----------------------------------------------------------------------- */

void http_deferrals_interrupt(struct http_deferrals *deferrals)
{
    if (!atomic_exchange(&deferrals->news, true))
        wake_signal(deferrals->news_fd);
}

void http_deferrals_sleep(struct http_deferrals *deferrals, int also_fd, int64_t ms)
{
    struct pollfd fds[] = {
        {deferrals->clients_fd, POLLIN, 0}, {deferrals->news_fd, POLLIN, 0}, {also_fd, POLLIN, 0}};
    (void)poll(fds, 3, (int)ms);
    wake_clear(deferrals->news_fd);
    atomic_store(&deferrals->news, false);
}

/* --- under the mutex -------------------------------------------------------------------------- */

/* From its first wait on: a connection that never waits costs nothing here. If it cannot be watched,
 * the next send to a client that has left fails instead. */
static void watch(struct http_deferrals *deferrals, struct http_connection *connection)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET, .data.ptr = connection};
    if (!connection->wait.watched)
        (void)epoll_ctl(deferrals->clients_fd, EPOLL_CTL_ADD, connection->fd, &event);
    connection->wait.watched = true;
}

static bool is_listed(const struct http_connection *connection)
{
    return connection->wait.awaited || connection->request.wait_deadline_ms;
}

static void list(struct http_deferrals *deferrals, struct http_connection *connection)
{
    *ARRAY_ADD(&deferrals->waiting) = connection;
    http_deferrals_interrupt(deferrals);
}

static void resume(struct http_connection *connection, enum http_wake wake)
{
    connection->wait.deferred = false;
    connection->request.wake = wake;
    MHD_resume_connection(connection->request.connection);
}

/* A connection that is not listed is resumed when it is woken, or when it waits for nothing any longer. */
static void resume_if_over(struct http_connection *connection)
{
    if (!connection->wait.deferred || is_listed(connection))
        return;
    if (atomic_load(&connection->server->stopping))
        resume(connection, HTTP_WAKE_STOPPING);
    else if (atomic_load(&connection->gone))
        resume(connection, HTTP_WAKE_GONE);
}

static void find_left(struct http_deferrals *deferrals)
{
    struct epoll_event left[LEFT_MOST];
    int count;
    do {
        count = epoll_wait(deferrals->clients_fd, left, LEFT_MOST, 0);
        for (int i = 0; i < count; i++) {
            struct http_connection *connection = left[i].data.ptr;
            atomic_store(&connection->gone, true);
            http_deferrals_leave(connection);
            resume_if_over(connection);
        }
    } while (count > 0);
}

/* --- those with a subject or a deadline ------------------------------------------------------- */

static size_t find_subjects(const struct http_deferrals *deferrals,
                            struct progress out[SUBJECTS_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < deferrals->waiting.count; i++) {
        const struct http_wait *wait = &deferrals->waiting.at[i]->wait;
        size_t at = 0;
        while (at < count && out[at].subject != wait->subject)
            at++;
        if (wait->awaited && at == count && count < SUBJECTS_MOST)
            out[count++] = (struct progress){wait->subject, 0};
    }
    return count;
}

static bool has_come(const struct http_wait *wait, const struct progress *progress, size_t count)
{
    for (size_t i = 0; wait->awaited && i < count; i++)
        if (progress[i].subject == wait->subject)
            return progress[i].position >= wait->awaited;
    return false;
}

static enum http_wake wake_of(const struct http_connection *waiting,
                              const struct progress *progress, size_t count, int64_t now_ms)
{
    int64_t deadline_ms = waiting->request.wait_deadline_ms;
    if (atomic_load(&waiting->server->stopping))
        return HTTP_WAKE_STOPPING;
    if (atomic_load(&waiting->gone))
        return HTTP_WAKE_GONE;
    if (waiting->wait.woken || has_come(&waiting->wait, progress, count))
        return HTTP_WAKE_WOKEN;
    return deadline_ms && now_ms >= deadline_ms ? HTTP_WAKE_EXPIRED : HTTP_WAKE_NONE;
}

static void resume_due(struct http_deferrals *deferrals, const struct progress *progress,
                       size_t count)
{
    int64_t now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < deferrals->waiting.count;) {
        struct http_connection *each = deferrals->waiting.at[i];
        enum http_wake wake = wake_of(each, progress, count, now_ms);
        if (wake == HTTP_WAKE_NONE) {
            i++;
            continue;
        }
        deferrals->waiting.at[i] = deferrals->waiting.at[--deferrals->waiting.count];
        resume(each, wake);
    }
}

static int64_t next_moment_ms(const struct http_deferrals *deferrals, int poll_ms)
{
    int64_t next_ms =
        deferrals->waiting.count && poll_ms ? clock_monotonic_ms() + poll_ms : INT64_MAX;
    for (size_t i = 0; i < deferrals->waiting.count; i++) {
        int64_t deadline_ms = deferrals->waiting.at[i]->request.wait_deadline_ms;
        if (deadline_ms && deadline_ms < next_ms)
            next_ms = deadline_ms;
    }
    return next_ms;
}

int64_t http_deferrals_work(struct http_server *server)
{
    struct http_deferrals *deferrals = &server->deferrals;
    struct progress progress[SUBJECTS_MOST];
    pthread_mutex_lock(&deferrals->mutex);
    find_left(deferrals);
    size_t count = find_subjects(deferrals, progress);
    pthread_mutex_unlock(&deferrals->mutex);
    for (size_t i = 0; i < count; i++)
        progress[i].position =
            server->options.progress(server->options.context, progress[i].subject);
    pthread_mutex_lock(&deferrals->mutex);
    resume_due(deferrals, progress, count);
    int64_t next_ms = next_moment_ms(deferrals, server->options.poll_ms);
    pthread_mutex_unlock(&deferrals->mutex);
    return next_ms;
}

/* --- of one request --------------------------------------------------------------------------- */

void http_deferral_begin(struct http_request *request, const struct http_deferral *how)
{
    struct http_connection *connection = http_connection_of(request);
    struct http_deferrals *deferrals = &connection->server->deferrals;
    struct http_wait *wait = &connection->wait;
    request->suspended = true;
    wait->kept = how->kept;
    MHD_suspend_connection(request->connection);
    if (how->kept)
        return;
    pthread_mutex_lock(&deferrals->mutex);
    watch(deferrals, connection);
    wait->deferred = true;
    wait->woken = false;
    wait->subject = how->subject;
    wait->awaited = how->awaited;
    if (!request->wait_deadline_ms && how->wait_ms)
        request->wait_deadline_ms = clock_monotonic_ms() + how->wait_ms;
    if (is_listed(connection))
        list(deferrals, connection);
    else
        resume_if_over(connection);
    pthread_mutex_unlock(&deferrals->mutex);
}

void http_deferral_wake(struct http_request *request)
{
    struct http_connection *connection = http_connection_of(request);
    struct http_deferrals *deferrals = &connection->server->deferrals;
    if (connection->wait.kept) {
        MHD_resume_connection(request->connection);
        return;
    }
    pthread_mutex_lock(&deferrals->mutex);
    connection->wait.woken = true;
    if (connection->wait.deferred && is_listed(connection))
        http_deferrals_interrupt(deferrals);
    else if (connection->wait.deferred)
        resume(connection, HTTP_WAKE_WOKEN);
    pthread_mutex_unlock(&deferrals->mutex);
}

void http_deferral_notify(struct http_server *server)
{
    if (atomic_load(&server->deferrals.waiting.count) > 0)
        http_deferrals_interrupt(&server->deferrals);
}

bool http_deferral_is_over(const struct http_request *request)
{
    const struct http_connection *connection = http_connection_of(request);
    return atomic_load(&connection->gone) || atomic_load(&connection->server->stopping);
}

void http_deferral_find_left(struct http_request *request)
{
    struct http_deferrals *deferrals = &http_connection_of(request)->server->deferrals;
    pthread_mutex_lock(&deferrals->mutex);
    find_left(deferrals);
    pthread_mutex_unlock(&deferrals->mutex);
    http_deferrals_interrupt(deferrals); /* resumes those that are listed */
}

void http_deferral_on_leaving(struct http_request *request, struct http_leaving *leaving)
{
    atomic_store(&http_connection_of(request)->leaving, leaving);
}

bool http_deferral_has_leaving(const struct http_request *request)
{
    return atomic_load(&http_connection_of(request)->leaving) != NULL;
}

/* --- of one connection ------------------------------------------------------------------------ */

void http_deferrals_stop(struct http_connection *connection)
{
    struct http_deferrals *deferrals = &connection->server->deferrals;
    pthread_mutex_lock(&deferrals->mutex);
    resume_if_over(connection);
    pthread_mutex_unlock(&deferrals->mutex);
}

void http_deferrals_leave(struct http_connection *connection)
{
    struct http_leaving *leaving = atomic_exchange(&connection->leaving, NULL);
    if (leaving)
        leaving->left(leaving);
}

void http_deferrals_forget(struct http_connection *connection)
{
    struct http_deferrals *deferrals = &connection->server->deferrals;
    pthread_mutex_lock(&deferrals->mutex);
    if (connection->wait.watched)
        (void)epoll_ctl(deferrals->clients_fd, EPOLL_CTL_DEL, connection->fd, NULL);
    pthread_mutex_unlock(&deferrals->mutex);
}
