/* An eventfd that is written once and never read, so that it stays readable for every poller. */
#include "base/stop.h"

#include "base/wake.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_bool requested;
static int fd = -1;

static void make_fd(void)
{
    REQUIRE(wake_open(&fd, NULL) == OK);
}

int stop_fd(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_fd);
    return fd;
}

void stop_request(void)
{
    atomic_store(&requested, true);
    wake_signal(stop_fd());
}

static void on_signal(int number)
{
    if (atomic_exchange(&requested, true))
        _exit(128 + number);
    wake_signal(fd);
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
    sigaction(SIGXFSZ, &ignore, NULL); /* a write beyond a limit of file size fails instead */
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
