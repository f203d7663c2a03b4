#include "cli/up.h"

#include "base/clock.h"
#include "base/hangup.h"
#include "base/log.h"
#include "base/program.h"
#include "base/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_BACKOFF_MS   200
#define LONGEST_BACKOFF_MS 10000
#define WELL_AFTER_MS      10000 /* after this time a start counts as successful */
#define LINE_MOST          ((size_t)64 * 1024)

/* A start may fail because another process holds a file: one of an earlier `annal up` that is
 * ending, or a task such as `annal sagas abandon`, which may wait as long as operations/owner.h says. */
#define STARTS_LEAST       3
#define GIVE_UP_AFTER_MS   1500
#define GIVE_UP_LATER_MS   30000 /* the role was ready once */

static char *copy(const char *string)
{
    char *copied = strdup(string);
    REQUIRE(copied);
    return copied;
}

void child_init(struct child *child, const char *name, const char *role, const char *argument)
{
    *child = (struct child){
        .name = copy(name),
        .role = copy(role),
        .argument = argument ? copy(argument) : NULL,
        .output = -1,
        .backoff = {.first_ms = FIRST_BACKOFF_MS, .longest_ms = LONGEST_BACKOFF_MS},
    };
}

void child_finish(struct child *child)
{
    if (child->output >= 0)
        close(child->output);
    text_finish(&child->line);
    free(child->where);
    free(child->name);
    free(child->role);
    free(child->argument);
}

/* In the new process: never returns. */
static _Noreturn void become(const struct child *child, int output, pid_t parent)
{
    char *words[] = {(char *)program_name(), child->role, child->argument, NULL};
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1); /* the parent died before prctl() took effect */
    setpgid(0, 0);
    dup2(output, STDOUT_FILENO);
    execv("/proc/self/exe", words);
    _exit(127);
}

static void start(struct child *child)
{
    int output[2];
    if (pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) {
        log_error("%s: pipe: %s", child->name, strerror(errno));
        return;
    }
    pid_t parent = getpid();
    child->pid = fork();
    if (child->pid == 0)
        become(child, output[1], parent);
    close(output[1]);
    child->output = output[0];
    child->started_ms = clock_monotonic_ms();
    child->ready = false;
    if (child->pid < 0) {
        log_error("%s: fork: %s", child->name, strerror(errno));
        child->pid = 0;
        child->start_at_ms = child->started_ms + backoff_next_ms(&child->backoff);
    }
}

/* The text after "WORD ROLE "; false for other lines. */
static bool is_line(const struct child *child, const char *word, struct slice line,
                    struct slice *ret_rest)
{
    AUTO(text) struct text begins = {0};
    text_printf(&begins, "%s %s ", word, child->role);
    if (line.length <= begins.length || memcmp(line.at, begins.at, begins.length) != 0)
        return false;
    *ret_rest = (struct slice){line.at + begins.length, line.length - begins.length};
    return true;
}

static void take_ready(struct child *child, struct slice where)
{
    free(child->where);
    child->where = strndup(where.at, where.length);
    REQUIRE(child->where);
    child->ready = true;
    child->failed_starts = 0;
    child->error = (struct error){0};
}

/* "SLUG TEXT" */
static void take_failure(struct child *child, struct slice failure)
{
    const char *space = memchr(failure.at, ' ', failure.length);
    size_t length = space ? (size_t)(space - failure.at) : failure.length;
    AUTO(string) char *slug = strndup(failure.at, length);
    REQUIRE(slug);
    error_set(&child->error, error_of_slug(slug), "%.*s",
              space ? (int)(failure.length - length - 1) : 0, space ? space + 1 : "");
}

/* A `failed` line of the role is recorded; every other line is passed on. */
static void take_line(struct child *child, struct slice line)
{
    struct slice rest;
    if (is_line(child, "failed", line, &rest)) {
        take_failure(child, rest);
        return;
    }
    if (is_line(child, "ready", line, &rest))
        take_ready(child, rest);
    printf("%.*s\n", SLICE(line));
    fflush(stdout);
}

static void take_lines(struct child *child)
{
    size_t done = 0;
    for (size_t i = 0; i < child->line.length; i++) {
        if (child->line.at[i] != '\n')
            continue;
        take_line(child, (struct slice){child->line.at + done, i - done});
        done = i + 1;
    }
    memmove(child->line.at, child->line.at + done, child->line.length - done);
    child->line.length -= done;
    if (child->line.length > LINE_MOST)
        text_clear(&child->line);
}

static void pass_output_on(struct child *child)
{
    char bytes[4096];
    ssize_t length;
    while (child->output >= 0 && (length = read(child->output, bytes, sizeof bytes)) != 0) {
        if (length < 0)
            return;
        text_add_bytes(&child->line, bytes, (size_t)length);
        take_lines(child);
    }
    if (child->output >= 0)
        close(child->output);
    child->output = -1;
}

static void ended(struct child *child, int status)
{
    int64_t now = clock_monotonic_ms();
    if (now - child->started_ms > WELL_AFTER_MS)
        backoff_reset(&child->backoff);
    int64_t wait_ms = backoff_next_ms(&child->backoff);
    pass_output_on(child);
    child->pid = 0;
    child->start_at_ms = now + wait_ms;
    if (!child->ready && child->failed_starts++ == 0)
        child->failing_since_ms = now;
    if (WIFSIGNALED(status))
        child->error = (struct error){0};
    if (stop_is_requested() || (child->vital && child_is_hopeless(child)))
        return;
    if (WIFSIGNALED(status))
        log_warning("%s was terminated by signal %d; restarting it in %lld ms", child->name,
                    WTERMSIG(status), (long long)wait_ms);
    else
        log_warning("%s ended with status %d; restarting it in %lld ms", child->name,
                    WEXITSTATUS(status), (long long)wait_ms);
}

bool child_is_hopeless(const struct child *child)
{
    bool needs_person = error_exit_status(child->error.code) == EXIT_NEEDS_PERSON;
    int64_t patience_ms = child->where ? GIVE_UP_LATER_MS : GIVE_UP_AFTER_MS;
    bool failed_long = child->failed_starts >= STARTS_LEAST &&
                       clock_monotonic_ms() - child->failing_since_ms >= patience_ms;
    if (child->pid > 0 || child->error.code == OK)
        return false;
    return child->error.code == ERR_USAGE || (needs_person && child->ready) ||
           (failed_long && (needs_person || !child->where));
}

static bool must_wait(const struct child *child)
{
    return child->after && !child->after->where;
}

void child_tend(struct child *child)
{
    int status;
    pass_output_on(child);
    if (child->pid > 0 && waitpid(child->pid, &status, WNOHANG) == child->pid)
        ended(child, status);
    if (child->pid == 0 && !must_wait(child) && !stop_is_requested() &&
        clock_monotonic_ms() >= child->start_at_ms) {
        if (child->output >= 0)
            close(child->output);
        start(child);
    }
}

/* The time until the next start of a dead child. */
static int64_t shorten_to_next_start(const struct child *children, size_t count, int64_t ms)
{
    int64_t now = clock_monotonic_ms();
    for (size_t i = 0; i < count; i++)
        if (children[i].pid == 0 && !must_wait(&children[i]) && children[i].start_at_ms - now < ms)
            ms = children[i].start_at_ms > now ? children[i].start_at_ms - now : 0;
    return ms;
}

void child_wait(struct child *children, size_t count, int64_t ms)
{
    struct pollfd wait[CHILD_WAIT_MOST + 2];
    REQUIRE(count <= CHILD_WAIT_MOST);
    wait[count] = (struct pollfd){.fd = stop_fd(), .events = POLLIN};
    wait[count + 1] = (struct pollfd){.fd = hangup_fd(), .events = POLLIN};
    for (size_t i = 0; i < count; i++)
        wait[i] = (struct pollfd){.fd = children[i].output, .events = POLLIN};
    poll(wait, count + 2, (int)shorten_to_next_start(children, count, ms));
}

void child_hang_up(const struct child *child)
{
    if (child->pid > 0)
        kill(child->pid, SIGHUP);
}

void child_stop(struct child *child)
{
    if (child->pid > 0)
        kill(child->pid, SIGTERM);
}

void child_join(struct child *child, int64_t ms)
{
    int64_t deadline = clock_monotonic_ms() + ms;
    int status;
    while (child->pid > 0 && waitpid(child->pid, &status, WNOHANG) == 0) {
        if (clock_monotonic_ms() > deadline) {
            log_error("%s did not stop in time; sending SIGKILL", child->name);
            kill(child->pid, SIGKILL);
            waitpid(child->pid, &status, 0);
            break;
        }
        struct pollfd wait = {.fd = child->output, .events = POLLIN};
        poll(&wait, 1, 50);
        pass_output_on(child);
    }
    child->pid = 0;
}
