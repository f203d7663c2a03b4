#include "tests/support/annal_process.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MOST 40

static char *program(void)
{
    const char *root = getenv("ANNAL_BUILD_ROOT"), *own = getenv("ANNAL_PROGRAM");
    struct text path = {0};
    if (own)
        text_add(&path, own);
    else
        text_printf(&path, "%s/annal", root ? root : "build");
    return text_take(&path);
}

static int open_log(const char *data)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/test.log", data);
    return open(path.at, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* In the child: never returns. */
static _Noreturn void become(const char *data, const char *const *words, int output, int errors)
{
    AUTO(string) char *path = program();
    char *arguments[WORDS_MOST + 4] = {path};
    size_t count = 1;
    for (; *words; words++)
        arguments[count++] = (char *)*words;
    arguments[count] = NULL;
    setenv("ANNAL_DATA", data, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execv(path, arguments);
    _exit(127);
}

static pid_t fork_annal(const char *data, const char *const *words, int output, int errors)
{
    size_t count = 0;
    while (words[count])
        count++;
    assert_true(count <= WORDS_MOST);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        become(data, words, output, errors);
    return pid;
}

void annal_spawn(struct annal_process *process, const char *data, const char *const *words)
{
    int pipe_ends[2];
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    int errors = open_log(data);
    assert_true(errors >= 0);
    *process = (struct annal_process){.output = pipe_ends[0], .role = words[0]};
    process->pid = fork_annal(data, words, pipe_ends[1], errors);
    close(pipe_ends[1]);
    close(errors);
}

/* Reads a line within the deadline; false at the end of the output. */
static bool read_line(int fd, int64_t deadline_ms, struct text *line)
{
    text_clear(line);
    for (char c;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = deadline_ms - test_now_ms();
        if (left <= 0 || poll(&wait, 1, (int)left) <= 0)
            fail_msg("no ready line in time; see test.log in the data directory");
        if (read(fd, &c, 1) != 1)
            return false;
        if (c == '\n')
            return true;
        text_add_char(line, c);
    }
}

/* `up` passes its children's lines on; its own is the one that is waited for. */
void annal_wait_ready(struct annal_process *process, int seconds)
{
    AUTO(text) struct text line = {0};
    AUTO(text) struct text expected = {0};
    int64_t deadline = test_now_ms() + seconds * 1000;
    text_printf(&expected, "ready %s ", process->role);
    while (read_line(process->output, deadline, &line)) {
        if (line.length > expected.length && strncmp(line.at, expected.at, expected.length) == 0) {
            snprintf(process->ready, sizeof process->ready, "%s", line.at + expected.length);
            return;
        }
    }
    fail_msg("%s ended without a ready line; see test.log in the data directory", process->role);
}

void annal_start(struct annal_process *process, const char *data, const char *const *words)
{
    annal_spawn(process, data, words);
    annal_wait_ready(process, 60);
}

const char *annal_address(struct annal_process *process, const char *name)
{
    static char address[128];
    AUTO(text) struct text key = {0};
    if (name)
        text_printf(&key, "%s=", name);
    const char *at = name ? strstr(process->ready, key.at) : process->ready;
    at = at ? strstr(at, "http://") : NULL;
    if (!at)
        fail_msg("no address in: %s", process->ready);
    snprintf(address, sizeof address, "%s", at + strlen("http://"));
    address[strcspn(address, " \n")] = '\0';
    return address;
}

static int status_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int annal_join(struct annal_process *process, int seconds)
{
    int status = 0;
    pid_t ended = 0;
    wait_until(seconds, (ended = waitpid(process->pid, &status, WNOHANG)) != 0);
    assert_int_equal(ended, process->pid);
    close(process->output);
    process->pid = 0;
    return status_of(status);
}

int annal_stop(struct annal_process *process, int seconds)
{
    kill(process->pid, SIGTERM);
    return annal_join(process, seconds);
}

void annal_kill(struct annal_process *process)
{
    kill(process->pid, SIGKILL);
    (void)annal_join(process, 20);
}

bool annal_is_running(struct annal_process *process)
{
    int status;
    return process->pid > 0 && waitpid(process->pid, &status, WNOHANG) == 0;
}

static void read_all(int fd, struct text *out)
{
    char bytes[4096];
    lseek(fd, 0, SEEK_SET);
    for (ssize_t length; (length = read(fd, bytes, sizeof bytes)) > 0;)
        text_add_bytes(out, bytes, (size_t)length);
}

int annal_run(const char *data, const char *const *words, struct text *out, struct text *errors)
{
    FILE *out_file = tmpfile(), *error_file = tmpfile();
    assert_non_null(out_file);
    assert_non_null(error_file);
    struct annal_process process = {.output = -1};
    process.pid = fork_annal(data, words, fileno(out_file), fileno(error_file));
    int status = annal_join(&process, 300);
    if (out)
        read_all(fileno(out_file), out);
    if (errors)
        read_all(fileno(error_file), errors);
    fclose(out_file);
    fclose(error_file);
    return status;
}

json_t *annal_read_json_lines(const struct text *out)
{
    json_t *lines = json_array();
    for (size_t at = 0; at < out->length;) {
        json_t *line = NULL;
        const char *newline = strchr(out->at + at, '\n');
        assert_non_null(newline);
        size_t length = (size_t)(newline - (out->at + at));
        assert_ok(json_read((struct slice){out->at + at, length}, &line, &error));
        json_array_append_new(lines, line);
        at += length + 1;
    }
    return lines;
}

json_t *annal_run_json_lines(const char *data, const char *const *words)
{
    AUTO(text) struct text out = {0};
    AUTO(text) struct text errors = {0};
    int status = annal_run(data, words, &out, &errors);
    if (status == 1 && strcmp(words[0], "status") == 0)
        status = 0; /* status 1 reports a problem, which tests may cause on purpose */
    if (status != 0)
        fail_msg("annal %s: %s", words[0], errors.at ? errors.at : "");
    return annal_read_json_lines(&out);
}

json_t *annal_run_json(const char *data, const char *const *words)
{
    AUTO(json) json_t *lines = annal_run_json_lines(data, words);
    assert_int_equal(json_array_size(lines), 1);
    return json_incref(json_array_get(lines, 0));
}

static bool is_caught_up(const char *data)
{
    AUTO(json) json_t *status = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    size_t i;
    json_t *model;
    json_array_foreach (json_object_get(status, "models"), i, model) {
        if (json_int_or(model, "lag", -1) != 0)
            return false;
    }
    return true;
}

void annal_wait_caught_up(const char *data, int seconds)
{
    wait_until_task(seconds, is_caught_up(data));
}

void annal_check_everything(const char *data)
{
    AUTO(text) struct text said = {0};
    if (annal_run(data, (const char *[]){"verify", NULL}, &said, &said) != 0 ||
        annal_run(data, (const char *[]){"check", NULL}, &said, &said) != 0)
        fail_msg("%s", said.at);
}
