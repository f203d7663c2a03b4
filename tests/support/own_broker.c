#include "tests/support/own_broker.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MOST 16

static bool is_free(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool bound = bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return bound;
}

/* Free, and so are its neighbours for Erlang (+7000, +14000). */
static int free_port(void)
{
    for (int port = 10000 + (int)(getpid() % 7000);; port++) {
        if (port >= 17000)
            port = 10000;
        if (is_free(port) && is_free(port + 7000) && is_free(port + 14000))
            return port;
    }
}

static void run_script(const char *verb, const struct own_broker *broker, const char *const *more)
{
    AUTO(string) char *script = test_source_path("deploy/private-broker.sh");
    const char *words[WORDS_MOST] = {script, verb, broker->directory};
    for (size_t i = 0; more && more[i]; i++)
        words[3 + i] = more[i];
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execv(script, (char *const *)words);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("private-broker.sh %s: exit status %d", verb, WEXITSTATUS(status));
}

void own_broker_start_again(struct own_broker *broker)
{
    char port[8];
    snprintf(port, sizeof port, "%d", broker->port);
    run_script("start", broker, (const char *[]){port, NULL});
}

void own_broker_start(struct own_broker *broker)
{
    broker->directory = test_directory_make();
    broker->port = free_port();
    snprintf(broker->url, sizeof broker->url, "amqp://guest:guest@127.0.0.1:%d", broker->port);
    own_broker_start_again(broker);
}

void own_broker_kill(struct own_broker *broker)
{
    run_script("kill", broker, NULL);
}

void own_broker_stop(struct own_broker *broker)
{
    run_script("stop", broker, NULL);
    test_directory_remove(broker->directory);
}

void own_broker_ctl(struct own_broker *broker, const char *const *words)
{
    run_script("ctl", broker, words);
}
