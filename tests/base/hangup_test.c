/* SIGHUP; each claim forks a process. */
#include "base/hangup.h"
#include "base/stop.h"
#include "tests/support/claims.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TAKEN = 8, STOPPED = 7 };

/* In the child: reports that it is ready, waits for SIGHUP, and ends with the result as its status. */
static _Noreturn void wait_for_hangup(int ready)
{
    hangup_begin();
    bool nothing = !hangup_take();
    if (write(ready, "r", 1) != 1 || !nothing)
        _exit(1);
    struct pollfd wait = {.fd = hangup_fd(), .events = POLLIN};
    while (poll(&wait, 1, 20000) == 0)
        continue;
    bool taken = hangup_take();
    if (taken && !hangup_take() && !stop_is_requested())
        _exit(TAKEN);
    _exit(stop_is_requested() ? STOPPED : 1);
}

static void wait_until_ready(int ready)
{
    char letter;
    assert_int_equal(read(ready, &letter, 1), 1);
    close(ready);
}

static int status_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static pid_t start(bool ignoring, int *ret_terminal)
{
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = forkpty(ret_terminal, NULL, NULL, NULL);
    assert_true(pid >= 0);
    if (pid == 0) {
        if (ignoring)
            signal(SIGHUP, SIG_IGN);
        wait_for_hangup(ready[1]);
    }
    close(ready[1]);
    wait_until_ready(ready[0]);
    return pid;
}

static void a_signal_is_taken_once(void **state)
{
    (void)state;
    int terminal;
    pid_t pid = start(false, &terminal);
    kill(pid, SIGHUP);
    assert_int_equal(status_of(pid), TAKEN);
    close(terminal);
}

static void a_lost_terminal_stops_the_process(void **state)
{
    (void)state;
    int terminal;
    pid_t pid = start(false, &terminal);
    close(terminal);
    assert_int_equal(status_of(pid), STOPPED);
}

static void a_process_under_nohup_continues_without_its_terminal(void **state)
{
    (void)state;
    int terminal;
    pid_t pid = start(true, &terminal);
    close(terminal);
    assert_int_equal(status_of(pid), TAKEN);
}

static void a_sighup_does_not_end_a_child_before_it_is_ready(void **state)
{
    (void)state;
    int ready[2];
    assert_int_equal(pipe2(ready, 0), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        hangup_begin();
        dup2(ready[1], STDOUT_FILENO);
        execl("/bin/sh", "sh", "-c", "echo r; kill -HUP $$; exit 9", (char *)NULL);
        _exit(1);
    }
    close(ready[1]);
    wait_until_ready(ready[0]);
    assert_int_equal(status_of(pid), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_is_taken_once),
        cmocka_unit_test(a_lost_terminal_stops_the_process),
        cmocka_unit_test(a_process_under_nohup_continues_without_its_terminal),
        cmocka_unit_test(a_sighup_does_not_end_a_child_before_it_is_ready),
    };
    signal(SIGHUP, SIG_DFL); /* the tests may run under nohup themselves */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
