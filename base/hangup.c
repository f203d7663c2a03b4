/* When the terminal closes, the kernel sends SIGHUP, or the shell forwards the one it received; then
 * /dev/tty can no longer be opened. */
#include "base/hangup.h"

#include "base/error.h"
#include "base/stop.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int fd = -1;
static bool had_terminal; /* the process ends when it closes */

static bool has_terminal(void)
{
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal >= 0)
        close(terminal);
    return terminal >= 0;
}

void hangup_begin(void)
{
    struct sigaction inherited = {0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaction(SIGHUP, NULL, &inherited);
    had_terminal = inherited.sa_handler != SIG_IGN && has_terminal();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(fd, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    REQUIRE(fd >= 0);
}

int hangup_fd(void)
{
    return fd;
}

bool hangup_take(void)
{
    struct signalfd_siginfo info;
    bool came = false, by_kernel = false;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        came = true;
        by_kernel = by_kernel || info.ssi_code == SI_KERNEL;
    }
    if (came && had_terminal && (by_kernel || !has_terminal())) {
        stop_request();
        return false;
    }
    return came;
}
