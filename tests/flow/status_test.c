/* What `annal status` finds, and its verdict on it. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STREAMS  300
#define COMMANDS 3000

static const char *data;
static struct annal_process commands, projector;
static char to[160];

/* `annal commands`, and a worker for a read model that only these options know. */
static int begin(void **state)
{
    (void)state;
    AUTO(string) char *schemas = test_source_path("examples/parcels/schemas");
    AUTO(string) char *models = test_source_path("examples/parcels/models");
    data = test_directory_make();
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(to, sizeof to, "http://%s", annal_address(&commands, NULL));
    annal_start(&projector, data,
                (const char *[]){"projector", "parcels", "loans", "--schemas", schemas, "--models",
                                 models, NULL});
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (projector.pid)
        annal_stop(&projector, 20);
    annal_stop(&commands, 20);
    test_directory_remove(data);
    return 0;
}

static int run_status(struct text *out)
{
    text_clear(out);
    return annal_run(data, (const char *[]){"status", NULL}, out, out);
}

static void status_finds_read_models_by_their_files_and_reports_a_dead_worker(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    wait_until_task(30, run_status(&out) == 0);
    assert_int_equal(strncmp(out.at, "status  ok\n", 11), 0);
    assert_text_contains(out.at, "\nparcels ");
    annal_kill(&projector);
    assert_int_equal(run_status(&out), 1);
    assert_int_equal(strncmp(out.at, "status  2 problems\n", 19), 0);
    assert_text_contains(out.at, "read model parcels has no worker");
    assert_text_contains(out.at, "read model loans has no worker");
}

static void remove_sockets(void)
{
    static const char *const roles[] = {"commands", "projector-parcels", "projector-loans"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/run/%s.sock", data, roles[i]);
        assert_int_equal(unlink(path.at), 0);
    }
}

static void a_process_without_its_control_socket_is_not_reported_as_ended(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0}, writer = {0};
    text_printf(&writer,
                " is held by annal commands, pid %d, which cannot be reached: ", commands.pid);
    remove_sockets();
    assert_int_equal(run_status(&out), 1);
    assert_text_contains(out.at, "commands` does not respond: ");
    assert_text_contains(out.at, writer.at);
    assert_text_contains(out.at, "read model parcels: its worker does not respond: ");
    assert_null(strstr(out.at, "is not running"));
    assert_null(strstr(out.at, "has no worker"));
}

static void parked_streams_of_a_model_found_by_its_files_are_listed(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    assert_int_equal(annal_run(data, (const char *[]){"models", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "\nparcels ");
    assert_int_equal(
        annal_run(data, (const char *[]){"dead-letters", "list", "parcels", NULL}, NULL, NULL), 0);
}

/* A file that cannot be read is one of the problems and hides no other part. */
static void a_missing_log_hides_no_read_model(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0}, log = {0}, away = {0};
    wait_until_task(30, run_status(&out) == 0);
    text_printf(&log, "%s/events.db", data);
    text_printf(&away, "%s/away.db", data);
    assert_int_equal(rename(log.at, away.at), 0);
    int status = run_status(&out);
    assert_int_equal(rename(away.at, log.at), 0);
    assert_int_equal(status, 1);
    assert_text_contains(out.at, "commands` is not ready: ");
    assert_text_contains(out.at, "the log cannot be read: ");
    assert_text_contains(out.at, "\nparcels ");
    text_clear(&out);
    const char *beyond[] = {"events", "--after", "7000", NULL};
    assert_int_equal(annal_run(data, beyond, &out, &out), 2);
    assert_text_contains(out.at, "--after 7000: the log ends at position ");
}

/* Each document is taken while events are appended and applied. */
static void no_lag_is_negative_while_events_come_in(void **state)
{
    (void)state;
    AUTO(text) struct text lines = {0};
    AUTO(text) struct text path = {0};
    struct annal_process send;
    for (int i = 0; i < COMMANDS; i++)
        text_printf(&lines,
                    "{\"category\":\"loan\",\"id\":\"L-%d\",\"command\":\"%s\",\"data\":%s}\n",
                    i % STREAMS, i < STREAMS ? "open" : "add-book",
                    i < STREAMS ? "{\"memberId\":\"M-1\",\"branch\":\"CPH\"}"
                                : "{\"bookId\":\"B-1\",\"copies\":1}");
    text_printf(&path, "%s/lines.ndjson", data);
    test_file_write(path.at, lines.at);
    annal_spawn(&send, data, (const char *[]){"send", "--to", to, path.at, NULL});
    int64_t head = 0;
    while (head < COMMANDS) {
        AUTO(json)
        json_t *status = annal_run_json(data, (const char *[]){"status", "--json", NULL});
        size_t i;
        json_t *model;
        json_array_foreach (json_object_get(status, "models"), i, model) {
            assert_true(json_int_or(model, "lag", -1) >= 0);
        }
        head = json_int_or(status, "head", 0);
    }
    assert_int_equal(annal_join(&send, 60), 0);
}

int main(void)
{
    setenv("ANNAL_BUS", "log:", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            status_finds_read_models_by_their_files_and_reports_a_dead_worker, begin, end),
        cmocka_unit_test_setup_teardown(
            a_process_without_its_control_socket_is_not_reported_as_ended, begin, end),
        cmocka_unit_test_setup_teardown(a_missing_log_hides_no_read_model, begin, end),
        cmocka_unit_test_setup_teardown(parked_streams_of_a_model_found_by_its_files_are_listed,
                                        begin, end),
        cmocka_unit_test_setup_teardown(no_lag_is_negative_while_events_come_in, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
