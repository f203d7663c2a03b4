/* A log that was edited or damaged: every role that reads the event reports it, and neither applies nor
 * serves the event. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"
#include "tests/support/log_edit.h"

#include <stdio.h>

#define LOANS   20
#define EDITED  7
#define DAMAGED "log position 7: the hash does not follow"

static const char *const commands[] = {"commands", "--commands-listen", "127.0.0.1:0", NULL};

static long open_loan(struct annal_process *process, int number, struct http_reply *reply)
{
    char path[64];
    snprintf(path, sizeof path, "/commands/loan/L-%d/open", number);
    http_post_json(annal_address(process, NULL), path, "{\"memberId\":\"M-1\",\"branch\":\"CPH\"}",
                   reply);
    return reply->status;
}

/* A log of LOANS events whose writer has ended. */
static const char *make_log(void)
{
    const char *data = test_directory_make();
    struct annal_process process;
    annal_start(&process, data, commands);
    for (int i = 1; i <= LOANS; i++) {
        AUTO(http_reply) struct http_reply reply = {0};
        assert_int_equal(open_loan(&process, i, &reply), 201);
    }
    assert_int_equal(annal_stop(&process, 20), 0);
    return data;
}

static void assert_fails(const char *data, const char *const *words, const char *expected)
{
    AUTO(text) struct text errors = {0};
    assert_int_equal(annal_run(data, words, NULL, &errors), 1);
    assert_text_contains(errors.at, expected);
}

/* What the processes have written to standard error. */
static void assert_logged(const char *data, const char *expected)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/test.log", data);
    char *log = test_file_read(path.at);
    assert_text_contains(log, expected);
    free(log);
}

static void an_edited_event_stops_a_rebuild_and_a_check(void **state)
{
    (void)state;
    const char *data = make_log();
    assert_int_equal(annal_run(data, (const char *[]){"rebuild", "loans", NULL}, NULL, NULL), 0);
    log_edit_event(data, EDITED);
    assert_fails(data, (const char *[]){"rebuild", "loans", NULL}, DAMAGED);
    assert_fails(data, (const char *[]){"check", "loans", NULL}, DAMAGED);
    assert_fails(data, (const char *[]){"verify", NULL}, DAMAGED);
    test_directory_remove(data);
}

static void an_edited_event_ends_a_projector_that_follows_the_log(void **state)
{
    (void)state;
    const char *data = make_log();
    struct annal_process projector;
    log_edit_event(data, EDITED);
    annal_spawn(&projector, data, (const char *[]){"projector", "loans", NULL});
    assert_int_equal(annal_join(&projector, 30), EXIT_NEEDS_PERSON);
    assert_logged(data, DAMAGED);
    test_directory_remove(data);
}

static void an_edited_event_that_no_role_reads_ends_the_command_endpoint(void **state)
{
    (void)state;
    const char *data = make_log();
    struct annal_process process;
    log_edit_event(data, EDITED);
    annal_spawn(&process, data, commands);
    assert_int_equal(annal_join(&process, 30), EXIT_NEEDS_PERSON);
    assert_logged(data, "background verification: the log is damaged");
    assert_logged(data, "restore events.db from a backup: " DAMAGED);
    test_directory_remove(data);
}

static void a_damaged_page_is_answered_as_corrupt_and_ends_the_command_endpoint(void **state)
{
    (void)state;
    const char *data = make_log();
    struct annal_process process;
    AUTO(http_reply) struct http_reply reply = {0};
    log_edit_destroy_page(data, "stream_names");
    annal_start(&process, data, commands);
    assert_int_equal(open_loan(&process, LOANS + 1, &reply), 500);
    assert_text_contains(reply.body.at, "/problems/corrupt");
    assert_int_equal(annal_join(&process, 30), EXIT_NEEDS_PERSON);
    assert_logged(data, "command desk: the log is damaged");
    test_directory_remove(data);
}

int main(void)
{
    setenv("ANNAL_BUS", "log:", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edited_event_stops_a_rebuild_and_a_check),
        cmocka_unit_test(an_edited_event_ends_a_projector_that_follows_the_log),
        cmocka_unit_test(an_edited_event_that_no_role_reads_ends_the_command_endpoint),
        cmocka_unit_test(a_damaged_page_is_answered_as_corrupt_and_ends_the_command_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
