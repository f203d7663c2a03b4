/* sagas.db is lost while sagas are in every phase: `--from 0` rebuilds them from the log, and no
 * command takes effect twice. */
#include "tests/sagas/running_sagas.h"
#include "tests/sagas/saga_process.h"

#include "base/file.h"
#include "base/json.h"
#include "sagas/saga_report.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* The events of the domain: a command that takes effect twice adds to them. */
static int64_t domain_events(const struct running_sagas *sagas)
{
    return running_sagas_count(sagas, "events.db",
                               "SELECT count(*) FROM event_log WHERE stream NOT LIKE 'saga/%'");
}

static int64_t head(const struct running_sagas *sagas)
{
    return running_sagas_count(sagas, "events.db", "SELECT max(position) FROM events");
}

static bool has_caught_up(const struct running_sagas *sagas)
{
    return running_sagas_count(sagas, "sagas.db", "SELECT position FROM runner") == head(sagas) &&
           running_sagas_count(sagas, "sagas.db", "SELECT count(*) FROM outbox") == 0 &&
           running_sagas_count(sagas, "sagas.db", "SELECT count(*) FROM sagas WHERE due = 1") == 0;
}

static void lose_the_store(const struct running_sagas *sagas)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/sagas.db%s", sagas->data, ends[i]);
        unlink(path.at);
    }
}

/* Dies before it sends the next command: that saga is then running. */
static void die(void *context, enum saga_point point)
{
    (void)context;
    if (point == SAGA_POINT_SENDING)
        kill(getpid(), SIGKILL);
}

static const struct {
    const char *id, *phase, *step;
} ways[] = {
    {"DONE", "ended", "done"},
    {"UNDONE", "ended", "undone"},
    {"WAITS", "waiting", "await-approval"},
    {"WAITS-TOO", "waiting", "await-approval"},
    {"LENT", "waiting", "await-return"},
    {"STUCK", "stuck", "done"},
};
#define WAYS (sizeof ways / sizeof *ways)

static void go_all_ways(struct running_sagas *sagas)
{
    for (size_t i = 0; i < WAYS; i++)
        running_sagas_request(sagas, ways[i].id);
    wait_until(30, running_sagas_count(
                       sagas, "sagas.db",
                       "SELECT count(*) FROM sagas WHERE step = 'await-approval'") == WAYS);
    running_sagas_loan(sagas, "DONE", "approve", "{}");
    running_sagas_loan(sagas, "LENT", "approve", "{}");
    running_sagas_loan(sagas, "STUCK", "approve", "{}");
    running_sagas_loan(sagas, "UNDONE", "cancel", "{'reason':'changed my mind'}");
    wait_until(30, running_sagas_saga_is(sagas, "DONE", "waiting", "await-return"));
    wait_until(30, running_sagas_saga_is(sagas, "STUCK", "waiting", "await-return"));
    running_sagas_loan(sagas, "DONE", "return", "{}");
    running_sagas_loan(sagas, "STUCK", "return", "{'condition':'damaged'}");
    for (size_t i = 0; i < WAYS; i++)
        wait_until(30, running_sagas_saga_is(sagas, ways[i].id, ways[i].phase, ways[i].step));
    wait_until(30, has_caught_up(sagas));
}

static void check_all_ways(const struct running_sagas *sagas)
{
    for (size_t i = 0; i < WAYS; i++)
        if (!running_sagas_saga_is(sagas, ways[i].id, ways[i].phase, ways[i].step))
            fail_msg("%s is not %s, %s", ways[i].id, ways[i].phase, ways[i].step);
}

static void sagas_in_every_phase_are_rebuilt_and_no_command_takes_effect_twice(void **state)
{
    struct running_sagas *sagas = *state;
    pid_t pid = saga_process_start(&sagas->runner);
    go_all_ways(sagas);
    assert_int_equal(saga_process_stop(pid), 0);
    int64_t before = domain_events(sagas);
    lose_the_store(sagas);
    pid = saga_process_start(&sagas->runner);
    wait_until(30, has_caught_up(sagas));
    check_all_ways(sagas);
    assert_int_equal(domain_events(sagas), before);
    running_sagas_loan(sagas, "WAITS", "approve", "{}"); /* all of them continue */
    wait_until(30, running_sagas_saga_is(sagas, "WAITS", "waiting", "await-return"));
    running_sagas_loan(sagas, "WAITS", "return", "{}");
    running_sagas_loan(sagas, "LENT", "return", "{}");
    running_sagas_loan(sagas, "WAITS-TOO", "cancel", "{'reason':'changed my mind'}");
    wait_until(30, running_sagas_saga_is(sagas, "WAITS", "ended", "done"));
    wait_until(30, running_sagas_saga_is(sagas, "LENT", "ended", "done"));
    wait_until(30, running_sagas_saga_is(sagas, "WAITS-TOO", "ended", "undone"));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_int_equal(running_sagas_events(sagas, "shelf.held.v1"), WAYS);
    assert_int_equal(running_sagas_events(sagas, "shelf.released.v1"), WAYS);
    assert_int_equal(running_sagas_events(sagas, "loan.lent.v1"), 4);
    assert_int_equal(running_sagas_events(sagas, "loan.cancelled.v1"), 2);
}

/* It is running: the process is killed before it sends the saga's first command. */
static void a_running_saga_is_rebuilt_and_continues(void **state)
{
    struct running_sagas *sagas = *state;
    running_sagas_request(sagas, "L-1");
    pid_t pid = saga_process_start(&sagas->runner);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "waiting", "await-approval"));
    assert_int_equal(saga_process_stop(pid), 0);
    running_sagas_request(sagas, "L-2");
    sagas->runner.at = die;
    assert_int_equal(saga_process_join(saga_process_start(&sagas->runner), NULL), -1);
    assert_true(running_sagas_saga_is(sagas, "L-2", "running", "hold-copies"));
    lose_the_store(sagas);
    sagas->runner.at = NULL;
    pid = saga_process_start(&sagas->runner);
    wait_until(30, running_sagas_saga_is(sagas, "L-1", "waiting", "await-approval"));
    wait_until(30, running_sagas_saga_is(sagas, "L-2", "waiting", "await-approval"));
    wait_until(30, has_caught_up(sagas));
    assert_int_equal(saga_process_stop(pid), 0);
    assert_int_equal(running_sagas_events(sagas, "shelf.held.v1"), 2);
    assert_int_equal(domain_events(sagas),
                     1 + 2 * 4); /* stocked; opened, book added, requested, held */
}

/* ---- a store that exists ---- */

static void start_and_stop(const struct running_sagas *sagas, int64_t position)
{
    struct annal_process saga;
    annal_start(&saga, sagas->data,
                (const char *[]){"saga", "--to", sagas->url, "--from", "1", NULL});
    wait_until(30,
               running_sagas_count(sagas, "sagas.db", "SELECT position FROM runner") >= position);
    assert_int_equal(annal_stop(&saga, 30), 0);
}

static bool is_logged(const struct running_sagas *sagas, const char *part)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text said = {0};
    text_printf(&path, "%s/test.log", sagas->data);
    assert_ok(file_read(path.at, 1 << 20, &said, &error));
    return strstr(said.at, part) != NULL;
}

static void from_is_ignored_with_a_warning_if_the_store_exists(void **state)
{
    struct running_sagas *sagas = *state;
    start_and_stop(sagas, 1);
    assert_false(is_logged(sagas, "--from"));
    running_sagas_command(sagas, "shelf/B-1/stock", "{'copies':1}");
    start_and_stop(sagas, 2);
    assert_true(is_logged(sagas, "--from ignored: sagas.db exists and continues after position 1"));
}

int main(void)
{
#define RUNNING(claim)                                                                             \
    cmocka_unit_test_setup_teardown(claim, running_sagas_setup, running_sagas_teardown)
    const struct CMUnitTest tests[] = {
        RUNNING(sagas_in_every_phase_are_rebuilt_and_no_command_takes_effect_twice),
        RUNNING(a_running_saga_is_rebuilt_and_continues),
        RUNNING(from_is_ignored_with_a_warning_if_the_store_exists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
