/* An eventfd that is written once and never read: level-triggered for every poller. */
#include "base/stop.h"

#include "base/error.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

static atomic_bool requested;
static int fd = -1;

static void make_fd(void)
{
    fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    REQUIRE(fd >= 0);
}

int stop_fd(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_fd);
    return fd;
}

void stop_request(void)
{
    uint64_t one = 1;
    atomic_store(&requested, true);
    ssize_t written = write(stop_fd(), &one, sizeof one);
    (void)written;
}

static void on_signal(int number)
{
    if (atomic_exchange(&requested, true))
        _exit(128 + number);
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written;
}

void stop_on_signals(void)
{
    stop_fd();
    struct sigaction stop = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&stop.sa_mask);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

bool stop_is_requested(void)
{
    return atomic_load_explicit(&requested, memory_order_relaxed);
}

bool stop_wait_ms(int64_t ms)
{
    struct pollfd wait = {.fd = stop_fd(), .events = POLLIN};
    if (!stop_is_requested())
        poll(&wait, 1, (int)(ms < INT32_MAX ? ms : INT32_MAX));
    return stop_is_requested();
}
