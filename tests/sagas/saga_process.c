#include "tests/sagas/saga_process.h"

#include "base/stop.h"
#include "tests/support/claims.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int errors = -1; /* a pipe from the last child */

static _Noreturn void run_as_child(const struct saga_runner_options *options, int out)
{
    struct error error = {0};
    AUTO(saga_runner) struct saga_runner *runner = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    stop_on_signals();
    enum err err = saga_runner_open(options, &runner, &error);
    if (!err)
        err = saga_runner_run(runner, &error);
    if (err)
        dprintf(out, "%s", error.text);
    saga_runner_close(runner);
    _exit(err ? 1 : 0);
}

pid_t saga_process_start(const struct saga_runner_options *options)
{
    int ends[2];
    if (errors >= 0)
        close(errors);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        run_as_child(options, ends[1]);
    close(ends[1]);
    errors = ends[0];
    return pid;
}

int saga_process_join(pid_t pid, struct text *ret_error)
{
    char bytes[1024];
    int status;
    ssize_t length;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    while ((length = read(errors, bytes, sizeof bytes)) > 0)
        if (ret_error)
            text_add_bytes(ret_error, bytes, (size_t)length);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int saga_process_stop(pid_t pid)
{
    kill(pid, SIGTERM);
    return saga_process_join(pid, NULL);
}

void saga_process_kill(pid_t pid)
{
    kill(pid, SIGKILL);
    saga_process_join(pid, NULL);
}
