/* After a writer is killed, the log has every event that it answered as stored, and is undamaged. */
#include "event_store/event_verify.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"
#include "tests/write_model/desk_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define IN_FLIGHT 20

/* Sends commands, many at a time, and writes the position of each that was answered to `out`. */
static _Noreturn void be_killed(const char *directory, int out)
{
    struct catalogue *catalogue = NULL;
    struct command_desk *desk = NULL;
    struct command_desk_options options = {.log_url = own_log_url(directory), .snapshot_every = 3};
    AUTO(text) struct text schemas = {0};
    text_printf(&schemas, "%s/schemas", directory);
    assert_ok(catalogue_open(NULL, schemas.at, &catalogue, &error));
    options.catalogue = catalogue;
    assert_ok(command_desk_open(&options, &desk, &error));
    for (;;) {
        struct sent sent[IN_FLIGHT];
        for (int i = 0; i < IN_FLIGHT; i++) {
            char id[] = {(char)('A' + i % 7), '\0'};
            sent_init(&sent[i], id, "add", "{\"times\":3}");
            sent_submit(&sent[i], desk);
        }
        for (int i = 0; i < IN_FLIGHT; i++) {
            sent_wait(&sent[i]);
            if (write(out, &sent[i].answer.position, sizeof(int64_t)) != sizeof(int64_t))
                _exit(1);
            sent_finish(&sent[i]);
        }
    }
}

/* Kills the writer once it has answered `answers` commands; the newest position it answered. */
static int64_t kill_after(const char *directory, int answers)
{
    int ends[2], status;
    int64_t position, newest = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        be_killed(directory, ends[1]);
    }
    close(ends[1]);
    for (int i = 0; read(ends[0], &position, sizeof position) == sizeof position; i++) {
        newest = position > newest ? position : newest;
        if (i == answers)
            kill(child, SIGKILL);
    }
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return newest;
}

static void killing_the_writer_loses_no_answered_event(void **state)
{
    (void)state;
    const char *directory = test_directory_make();
    AUTO(text) struct text schemas = {0};
    text_printf(&schemas, "%s/schemas", directory);
    counter_write_schemas(schemas.at);
    for (int round = 0; round < 5; round++) {
        int64_t answered = kill_after(directory, 50 + 37 * round);
        struct event_store *log = NULL;
        struct checkpoint head;
        assert_ok(own_log_open(directory, EVENT_STORE_WRITE, &log,
                               &error)); /* the lock ended with the process */
        assert_ok(event_verify(log, NULL, NULL, NULL, &head, &error));
        assert_true(answered > 0 && head.position >= answered);
        assert_int_equal(head.position % 3, 0); /* all events of a command, or none */
        event_store_close(log);
    }
    test_directory_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killing_the_writer_loses_no_answered_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
