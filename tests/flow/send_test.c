/* `annal send` that ends early prints where to resume; a resumed run loses and repeats nothing. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <signal.h>
#include <stdio.h>

#define STREAMS  200
#define COMMANDS 2000 /* one event each */

static const char *data;
static struct annal_process commands;
static char address[128], to[160];
static char *lines;

static int begin(void **state)
{
    (void)state;
    AUTO(text) struct text text = {0};
    AUTO(text) struct text path = {0};
    data = test_directory_make();
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(address, sizeof address, "%s", annal_address(&commands, NULL));
    snprintf(to, sizeof to, "http://%s", address);
    /* No line has a key, and a command that is executed twice adds a book twice. */
    for (int i = 0; i < COMMANDS; i++)
        text_printf(&text,
                    "{\"category\":\"loan\",\"id\":\"L-%d\",\"command\":\"%s\",\"data\":%s}\n",
                    i % STREAMS, i < STREAMS ? "open" : "add-book",
                    i < STREAMS ? "{\"memberId\":\"M-1\",\"branch\":\"CPH\"}"
                                : "{\"bookId\":\"B-1\",\"copies\":1}");
    text_printf(&path, "%s/lines.ndjson", data);
    lines = text_take(&path);
    test_file_write(lines, text.at);
    return 0;
}

static int end(void **state)
{
    (void)state;
    annal_stop(&commands, 20);
    free(lines);
    test_directory_remove(data);
    return 0;
}

static int64_t head(void)
{
    AUTO(json) json_t *status = NULL;
    AUTO(text) struct text out = {0};
    (void)annal_run(data, (const char *[]){"status", "--json", NULL}, &out, NULL);
    assert_ok(json_read(text_slice(&out), &status, &error));
    return json_int_or(status, "head", -1);
}

/* RUN:LINE, which the run printed on standard error. */
static void read_resume(char resume[64])
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/test.log", data);
    AUTO(string) char *log = test_file_read(path.at);
    const char *at = strstr(log, "--resume ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "--resume %63[^ \n]", resume), 1);
}

static void resume_and_count(void)
{
    char resume[64];
    AUTO(text) struct text errors = {0};
    read_resume(resume);
    if (annal_run(data, (const char *[]){"send", "--to", to, "--resume", resume, lines, NULL}, NULL,
                  &errors) != 0)
        fail_msg("%s", errors.at);
    assert_int_equal(head(), COMMANDS);
}

static void start_sending(struct annal_process *send)
{
    annal_spawn(send, data, (const char *[]){"send", "--to", to, "--in-flight", "16", lines, NULL});
    wait_until(60, head() > 0);
}

static void an_interrupted_send_resumes_without_loss_or_repetition(void **state)
{
    (void)state;
    struct annal_process send;
    start_sending(&send);
    kill(send.pid, SIGINT);
    assert_int_equal(annal_join(&send, 60), 130);
    assert_in_range(head(), 1, COMMANDS - 1);
    resume_and_count();
}

static void a_send_that_lost_its_server_resumes_without_loss_or_repetition(void **state)
{
    (void)state;
    struct annal_process send;
    start_sending(&send);
    annal_kill(&commands);
    assert_int_equal(annal_stop(&send, 60), 130);
    annal_start(&commands, data, (const char *[]){"commands", "--commands-listen", address, NULL});
    resume_and_count();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_interrupted_send_resumes_without_loss_or_repetition,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            a_send_that_lost_its_server_resumes_without_loss_or_repetition, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
