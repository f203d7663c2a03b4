/* `--log URL`: the log in another directory than --data, with every role and every task on it. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *data, *elsewhere;

static bool exists(const char *directory, const char *file)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", directory, file);
    return access(path.at, F_OK) == 0;
}

static void send_command(const char *address, const char *path, const char *body)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_post_json(address, path, body, &reply);
    if (reply.status / 100 != 2)
        fail_msg("%s: %ld %s", path, reply.status, reply.body.at);
}

/* The tasks read ANNAL_LOG. `expected`: a part of the output, or NULL. */
static void run_task(const char *const *words, const char *expected)
{
    AUTO(text) struct text out = {0}, errors = {0};
    if (annal_run(data, words, &out, &errors) != 0)
        fail_msg("%s: %s", words[0], errors.at);
    if (expected)
        assert_text_contains(out.at, expected);
}

static bool saga_has_held(void)
{
    AUTO(text) struct text out = {0};
    return annal_run(data, (const char *[]){"events", "--type", "shelf.held.*", NULL}, &out,
                     NULL) == 0 &&
           strstr(out.at ? out.at : "", "shelf.held.v1");
}

static void every_role_and_task_finds_a_log_outside_the_data_directory(void **state)
{
    (void)state;
    struct annal_process up;
    AUTO(http_reply) struct http_reply row = {0};
    AUTO(text) struct text commands = {0}, queries = {0}, url = {0};
    data = test_directory_make();
    elsewhere = test_directory_make();
    text_printf(&url, "sqlite:%s", elsewhere);
    annal_start(&up, data,
                (const char *[]){"up", "--sagas", "--log", url.at, "--commands-listen",
                                 "127.0.0.1:0", "--queries-listen", "127.0.0.1:0", NULL});
    setenv("ANNAL_LOG", url.at, 1);
    text_add(&commands, annal_address(&up, "commands"));
    text_add(&queries, annal_address(&up, "queries"));
    send_command(commands.at, "/commands/shelf/B-1/stock", "{\"copies\":5}");
    send_command(commands.at, "/commands/loan/L-1/open",
                 "{\"memberId\":\"M\",\"branch\":\"CPH\",\"request\":true,\"books\":"
                 "[{\"bookId\":\"B-1\",\"copies\":2}]}");
    wait_until(30, saga_has_held());
    annal_wait_caught_up(data, 30);
    http_get(queries.at, "/read/loans/L-1", &row);
    assert_int_equal(row.status, 200);
    run_task((const char *[]){"status", "--json", NULL}, "\"loans\"");
    run_task((const char *[]){"events", "--limit", "1", NULL}, "shelf.stocked.v1");
    run_task((const char *[]){"rebuild", "loans", NULL}, NULL);
    annal_check_everything(data);
    assert_int_equal(annal_stop(&up, 30), 0);
    assert_true(exists(elsewhere, "events.db"));
    assert_false(exists(data, "events.db"));
    assert_true(exists(data, "sagas.db"));
    assert_false(exists(elsewhere, "read"));
    unsetenv("ANNAL_LOG");
    test_directory_remove(data);
    test_directory_remove(elsewhere);
}

/* A read model that follows the log must not make a role believe that the log is missing. */
static void every_role_starts_again_on_a_log_outside_the_data_directory(void **state)
{
    (void)state;
    struct annal_process commands, saga;
    AUTO(text) struct text url = {0}, to = {0}, errors = {0};
    const char *start[] = {"commands", "--commands-listen", "127.0.0.1:0", NULL};
    data = test_directory_make();
    elsewhere = test_directory_make();
    text_printf(&url, "sqlite:%s", elsewhere);
    setenv("ANNAL_LOG", url.at, 1);
    annal_start(&commands, data, start);
    send_command(annal_address(&commands, NULL), "/commands/shelf/B-1/stock", "{\"copies\":5}");
    run_task((const char *[]){"rebuild", "shelves", NULL}, NULL);
    assert_int_equal(annal_stop(&commands, 30), 0);
    annal_start(&commands, data, start);
    send_command(annal_address(&commands, NULL), "/commands/shelf/B-1/stock", "{\"copies\":7}");
    text_printf(&to, "http://%s", annal_address(&commands, NULL));
    for (int times = 0; times < 2; times++) {
        annal_start(&saga, data, (const char *[]){"saga", "--to", to.at, NULL});
        assert_int_equal(annal_stop(&saga, 30), 0);
    }
    assert_int_equal(annal_stop(&commands, 30), 0);
    text_printf(&url, "/nowhere");
    setenv("ANNAL_LOG", url.at, 1);
    assert_int_equal(annal_run(data, start, NULL, &errors), EXIT_NEEDS_PERSON);
    assert_text_contains(errors.at, "/nowhere/events.db is gone, but ");
    unsetenv("ANNAL_LOG");
    test_directory_remove(data);
    test_directory_remove(elsewhere);
}

int main(void)
{
    setenv("ANNAL_BUS", "log:", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_and_task_finds_a_log_outside_the_data_directory),
        cmocka_unit_test(every_role_starts_again_on_a_log_outside_the_data_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
