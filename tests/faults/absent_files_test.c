/* Files of the data directory that are moved away, removed or replaced under the roles that have
 * them open, or before a role starts. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *data;
static struct annal_process commands;

static const char *in_data(const char *name)
{
    static char path[2][256];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", data, name);
    return path[turn];
}

static void move(const char *from, const char *to)
{
    assert_int_equal(rename(in_data(from), in_data(to)), 0);
}

static bool exists(const char *name)
{
    bool found = false;
    assert_ok(file_exists(in_data(name), &found, &error));
    return found;
}

static void start_commands(void)
{
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
}

static void open_loan(const char *id, struct http_reply *reply)
{
    char path[100];
    snprintf(path, sizeof path, "/commands/loan/%s/open", id);
    http_post_json(annal_address(&commands, NULL), path,
                   "{\"memberId\":\"M-1\",\"branch\":\"CPH\"}", reply);
}

static void expect_opened(const char *id)
{
    AUTO(http_reply) struct http_reply reply = {0};
    open_loan(id, &reply);
    assert_int_equal(reply.status, 201);
}

static long ready_status(struct annal_process *process, const char *says)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(annal_address(process, NULL), "/readyz", &reply);
    if (reply.status == 503)
        assert_text_contains(reply.body.at, says);
    assert_null(strstr(reply.body.at, data)); /* no names of the server's files */
    return reply.status;
}

/* One loan in a log whose writer runs. */
static int begin(void **state)
{
    (void)state;
    data = test_directory_make();
    start_commands();
    expect_opened("L-1");
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (annal_is_running(&commands))
        annal_stop(&commands, 30);
    test_directory_remove(data);
    return 0;
}

static void expect_logged(const char *words)
{
    AUTO(string) char *log = test_file_read(in_data("test.log"));
    assert_text_contains(log, words);
}

/* ---- the log ---- */

/* A command is answered with `file-replaced`, and the writer ends: an operator must act. */
static void expect_writer_ends(const char *words)
{
    AUTO(http_reply) struct http_reply reply = {0};
    assert_int_equal(ready_status(&commands, "_annal status` states the cause"), 503);
    open_loan("L-2", &reply);
    http_reply_check_problem(&reply, 503, "file-replaced");
    assert_int_equal(annal_join(&commands, 30), EXIT_NEEDS_PERSON);
    expect_logged(words);
}

static int64_t count_events(void)
{
    AUTO(text) struct text out = {0};
    int64_t lines = 0;
    assert_int_equal(annal_run(data, (const char *[]){"events", NULL}, &out, NULL), 0);
    for (size_t i = 0; i < out.length; i++)
        lines += out.at[i] == '\n';
    return lines;
}

static void nothing_is_acknowledged_after_the_log_was_moved_away(void **state)
{
    (void)state;
    move("events.db", "away.db");
    expect_writer_ends("events.db was removed or moved");
    move("away.db", "events.db");
    assert_int_equal(count_events(), 1);
    start_commands();
    expect_opened("L-2");
}

static void nothing_is_acknowledged_after_the_log_was_replaced(void **state)
{
    (void)state;
    test_file_write(in_data("other.db"), "");
    move("other.db", "events.db");
    expect_writer_ends("events.db was replaced by another file");
}

static bool is_verified(void)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(annal_address(&commands, NULL), "/metrics", &reply);
    return strstr(reply.body.at, "\nannal_log_verified_position 1\n");
}

/* The background verification has the log open: SQLite creates a missing WAL when a reader opens. */
static void nothing_is_acknowledged_after_the_wal_of_the_log_was_removed(void **state)
{
    (void)state;
    wait_until(30, is_verified());
    assert_int_equal(remove(in_data("events.db-wal")), 0);
    expect_writer_ends("events.db-wal was removed or moved");
}

static void a_log_that_is_put_back_before_the_next_command_continues(void **state)
{
    (void)state;
    move("events.db", "away.db");
    assert_int_equal(ready_status(&commands, "removed or replaced while it was open"), 503);
    move("away.db", "events.db");
    assert_int_equal(ready_status(&commands, ""), 200);
    expect_opened("L-2");
}

/* ---- a log that other files follow ---- */

static void expect_no_log_begun(const char *words)
{
    AUTO(text) struct text errors = {0};
    const char *run[] = {"commands", "--commands-listen", "127.0.0.1:0", NULL};
    assert_int_equal(annal_run(data, run, NULL, &errors), EXIT_NEEDS_PERSON);
    assert_text_contains(errors.at, "events.db is gone, but ");
    assert_text_contains(errors.at, words);
    assert_false(exists("events.db"));
}

static void lose_the_log(void)
{
    assert_int_equal(annal_stop(&commands, 30), 0);
    assert_int_equal(remove(in_data("events.db")), 0);
}

static void no_log_is_created_while_a_read_model_follows_one(void **state)
{
    (void)state;
    const char *rebuild[] = {"rebuild", "loans", NULL};
    assert_int_equal(annal_run(data, rebuild, NULL, NULL), 0);
    lose_the_log();
    expect_no_log_begun("read/loans");
    AUTO(text) struct text errors = {0};
    const char *saga[] = {"saga", "--to", "http://127.0.0.1:9", NULL};
    assert_int_equal(annal_run(data, saga, NULL, &errors), 1);
    assert_text_contains(errors.at, "events.db is gone, but ");
    assert_false(exists("sagas.db"));
    move("read", "read.away");
    assert_int_equal(mkdir(in_data("read"), 0700), 0);
    test_file_write(in_data("read/loans.1.db"), "no database, and not empty either");
    const char *run[] = {"commands", "--commands-listen", "127.0.0.1:0", NULL};
    text_clear(&errors);
    assert_int_equal(annal_run(data, run, NULL, &errors), 1);
    assert_text_contains(errors.at, "loans.1.db follows is not known: ");
    assert_false(exists("events.db"));
    move("read", "read.damaged");
    start_commands();
}

static void no_log_is_created_while_sagas_follow_one(void **state)
{
    (void)state;
    struct annal_process saga;
    char to[128];
    snprintf(to, sizeof to, "http://%s", annal_address(&commands, NULL));
    annal_start(&saga, data, (const char *[]){"saga", "--to", to, NULL});
    assert_int_equal(annal_stop(&saga, 30), 0);
    lose_the_log();
    expect_no_log_begun("sagas.db follows the log ");
}

/* ---- read models and sagas ---- */

static void a_projector_ends_after_its_file_was_removed(void **state)
{
    (void)state;
    struct annal_process projector;
    annal_start(&projector, data, (const char *[]){"projector", "loans", NULL});
    annal_wait_caught_up(data, 20);
    move("read", "read.away");
    assert_int_equal(annal_join(&projector, 30), EXIT_NEEDS_PERSON);
    expect_logged("loans.1.db was removed or moved");
    annal_start(&projector, data, (const char *[]){"projector", "loans", NULL});
    annal_wait_caught_up(data, 20);
    assert_int_equal(annal_stop(&projector, 30), 0);
}

static void queries_are_not_ready_while_files_they_have_read_are_missing(void **state)
{
    (void)state;
    struct annal_process queries;
    assert_int_equal(annal_run(data, (const char *[]){"rebuild", "loans", NULL}, NULL, NULL), 0);
    annal_start(&queries, data,
                (const char *[]){"queries", "--queries-listen", "127.0.0.1:0", NULL});
    assert_int_equal(ready_status(&queries, ""), 200);
    move("read", "read.away");
    assert_int_equal(ready_status(&queries, "were removed or moved"), 503);
    move("read.away", "read");
    assert_int_equal(ready_status(&queries, ""), 200);
    move("read/loans.1.db", "away.db");
    assert_int_equal(ready_status(&queries, "_annal status` states the cause"), 503);
    assert_int_equal(annal_stop(&queries, 30), 0);
    annal_start(&queries, data,
                (const char *[]){"queries", "--queries-listen", "127.0.0.1:0", NULL});
    assert_int_equal(ready_status(&queries, "_annal status` states the cause"), 503);
    assert_int_equal(annal_stop(&queries, 30), 0);
}

static void sagas_end_after_their_file_was_removed(void **state)
{
    (void)state;
    struct annal_process saga;
    char to[128];
    snprintf(to, sizeof to, "http://%s", annal_address(&commands, NULL));
    annal_start(&saga, data, (const char *[]){"saga", "--to", to, NULL});
    move("sagas.db", "away.db");
    assert_int_equal(annal_join(&saga, 30), EXIT_NEEDS_PERSON);
    expect_logged("sagas.db was removed or moved");
}

int main(void)
{
    setenv("ANNAL_BUS", "log:", 1);
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, begin, end)
    const struct CMUnitTest tests[] = {
        CLAIM(nothing_is_acknowledged_after_the_log_was_moved_away),
        CLAIM(nothing_is_acknowledged_after_the_log_was_replaced),
        CLAIM(nothing_is_acknowledged_after_the_wal_of_the_log_was_removed),
        CLAIM(a_log_that_is_put_back_before_the_next_command_continues),
        CLAIM(no_log_is_created_while_a_read_model_follows_one),
        CLAIM(no_log_is_created_while_sagas_follow_one),
        CLAIM(a_projector_ends_after_its_file_was_removed),
        CLAIM(queries_are_not_ready_while_files_they_have_read_are_missing),
        CLAIM(sagas_end_after_their_file_was_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
