/* The command line as people and scripts use it. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <stdio.h>
#include <unistd.h>

static const char *data;
static struct annal_process commands;
static char to[128];

static int begin(void **state)
{
    (void)state;
    data = test_directory_make();
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(to, sizeof to, "http://%s", annal_address(&commands, NULL));
    return 0;
}

static int end(void **state)
{
    (void)state;
    annal_stop(&commands, 20);
    test_directory_remove(data);
    return 0;
}

static char *write_lines(const char *lines)
{
    struct text path = {0};
    text_printf(&path, "%s/lines.ndjson", data);
    test_file_write(path.at, lines);
    return text_take(&path);
}

static void is_wrong_usage(const char *const *words, const char *part)
{
    AUTO(text) struct text errors = {0};
    assert_int_equal(annal_run(data, words, NULL, &errors), 2);
    assert_text_contains(errors.at, part);
}

static void every_subcommand_explains_itself(void **state)
{
    (void)state;
    static const char *const names[] = {"commands", "queries",      "projector", "up",    "send",
                                        "events",   "status",       "rebuild",   "check", "verify",
                                        "models",   "dead-letters", "saga",      "sagas", "schema"};
    AUTO(text) struct text help = {0}, help_of_help = {0};
    assert_int_equal(annal_run(data, (const char *[]){"help", NULL}, &help, NULL), 0);
    assert_int_equal(annal_run(data, (const char *[]){"help", "help", NULL}, &help_of_help, NULL),
                     0);
    assert_string_equal(help_of_help.at, help.at);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        AUTO(text) struct text out = {0};
        assert_text_contains(help.at, names[i]);
        assert_int_equal(annal_run(data, (const char *[]){names[i], "--help", NULL}, &out, NULL),
                         0);
        assert_text_contains(out.at, "Usage: lending_annal ");
        assert_text_contains(out.at, "Options:\n  --");
    }
}

static void a_wrong_command_line_is_rejected_with_the_nearest_word(void **state)
{
    (void)state;
    static const struct {
        const char *words[5], *says;
    } cases[] = {
        {{"help", "statsu", NULL}, "unknown subcommand statsu (did you mean status?)"},
        {{"events", "--stream", "loan", NULL}, "--stream loan: it must be CATEGORY/ID"},
        {{"up", "--commands-listen", "8080", NULL},
         "lending_annal up: --commands-listen: \"8080\""},
        {{"up", "--body-limit", "1M", NULL},
         "lending_annal up: --body-limit 1M: it must be a whole"},
        {{"up", "--hosts", "a:1", NULL}, "lending_annal up: --hosts a:1: must be host names"},
        {{"stauts", NULL}, "did you mean status?"},
        {{"status", "--jsn", NULL}, "did you mean --json?"},
        {{"status", "--data", NULL}, "--data: missing value"},
        {{"status", "extra", NULL}, "too many arguments"},
        {{"send", NULL}, "missing argument: FILE"},
        {{"events", "--after", "x", NULL}, "--after x: it must be a whole number"},
        {{"verify", "--expect", "12", NULL}, "it must be POSITION:HASH"},
        {{"queries", "--log-level", "loud", NULL}, "it must be debug, info, warning or error"},
        {{"commands", "--bus", "http://x", NULL}, "amqp://"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(text) struct text errors = {0};
        assert_int_equal(annal_run(data, cases[i].words, NULL, &errors), 2);
        assert_text_contains(errors.at, cases[i].says);
    }
}

static void send_reports_each_rejected_line(void **state)
{
    (void)state;
    AUTO(string)
    char *path = write_lines(
        "{\"category\":\"shelf\",\"id\":\"S-1\",\"command\":\"stock\",\"data\":{\"copies\":"
        "2}}\n"
        "{\"category\":\"shelf\",\"id\":\"S-1\",\"command\":\"hold\",\"data\":{\"loanId\":"
        "\"O\","
        "\"copies\":5}}\n"
        "not json\n"
        "\n"
        "{\"category\":\"shelf\",\"id\":\"S-1\",\"command\":\"stock\",\"data\":{\"copies\":"
        "0}}\n"
        "{\"category\":\"shelf\",\"id\":\"a "
        "b\",\"command\":\"stock\",\"data\":{\"copies\":1}}\n"
        "{\"category\":\"shelf\",\"id\":\"S-1\",\"command\":\"stock\",\"data\":{\"copies\":"
        "1},"
        "\"kee\":\"k\"}\n"
        "{\"category\":\"shelf\",\"command\":\"stock\",\"data\":{\"copies\":1}}");
    AUTO(text) struct text out = {0};
    AUTO(text) struct text errors = {0};
    assert_int_equal(
        annal_run(data, (const char *[]){"send", "--to", to, path, NULL}, &out, &errors), 1);
    assert_text_contains(out.at, "2 accepted, 5 rejected");
    assert_text_contains(errors.at, "line 2: 409: ");
    assert_text_contains(errors.at, "line 3: line 1, column ");
    assert_text_contains(errors.at, "line 5: 422: ");
    assert_text_contains(errors.at, "line 6: \"id\" must be");
    assert_text_contains(errors.at, "line 7: unknown member \"kee\"");
}

static void a_file_sent_twice_changes_nothing_the_second_time(void **state)
{
    (void)state;
    AUTO(string)
    char *path = write_lines("{\"category\":\"shelf\",\"id\":\"T-1\",\"command\":\"stock\","
                             "\"data\":{\"copies\":2},"
                             "\"idempotencyKey\":\"t-1\"}\n"
                             "{\"category\":\"shelf\",\"id\":\"T-1\",\"command\":\"stock\","
                             "\"data\":{\"copies\":3},"
                             "\"key\":\"t-2\"}\n");
    const char *words[] = {"send", "--to", to, "--json", path, NULL};
    json_decref(annal_run_json(data, words));
    AUTO(json) json_t *before = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    AUTO(json) json_t *again = annal_run_json(data, words);
    AUTO(json) json_t *after = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    assert_int_equal(json_int_or(again, "accepted", 0), 2);
    assert_int_equal(json_int_or(before, "head", -1), json_int_or(after, "head", -2));
}

static void order_is_kept_within_a_stream(void **state)
{
    (void)state;
    AUTO(text) struct text lines = {0};
    for (int i = 1; i <= 200; i++)
        text_printf(&lines,
                    "{\"category\":\"shelf\",\"id\":\"V-%d\",\"command\":\"stock\",\"data\":"
                    "{\"copies\":%d}}\n",
                    i % 3, i);
    AUTO(string) char *path = write_lines(lines.at);
    assert_int_equal(annal_run(data, (const char *[]){"send", "--to", to, path, NULL}, NULL, NULL),
                     0);
    AUTO(text) struct text out = {0};
    assert_int_equal(annal_run(data,
                               (const char *[]){"events", "--json", "--stream", "shelf/V-1", NULL},
                               &out, NULL),
                     0);
    int expected = 1;
    for (char *rest = out.at, *line; (line = strsep(&rest, "\n")) && line[0]; expected += 3) {
        AUTO(json) json_t *event = json_loads(line, 0, NULL);
        assert_int_equal(json_int_or(json_object_get(event, "data"), "copies", 0), expected);
    }
    assert_int_equal(expected, 202);
}

static void events_are_filtered_and_bounded(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    assert_int_equal(
        annal_run(data, (const char *[]){"events", "--type", "loan.*", NULL}, &out, NULL), 0);
    assert_int_equal(out.length, 0);
    assert_int_equal(annal_run(data, (const char *[]){"events", "--limit", "2", NULL}, &out, NULL),
                     0);
    char *second = strchr(out.at, '\n') + 1;
    assert_ptr_equal(strchr(second, '\n'), out.at + out.length - 1);
    assert_text_contains(out.at, "shelf.stocked.v1");
}

static void verify_compares_the_log_with_the_head_that_status_printed(void **state)
{
    (void)state;
    AUTO(json) json_t *status = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    AUTO(text) struct text expect = {0};
    text_printf(&expect, "%lld:%s", (long long)json_int_or(status, "head", 0),
                json_string_or(status, "hash", ""));
    assert_int_equal(
        annal_run(data, (const char *[]){"verify", "--expect", expect.at, NULL}, NULL, NULL), 0);
    expect.at[expect.length - 1] = expect.at[expect.length - 1] == '0' ? '1' : '0';
    AUTO(text) struct text errors = {0};
    assert_int_equal(
        annal_run(data, (const char *[]){"verify", "--expect", expect.at, NULL}, NULL, &errors), 1);
}

static void a_second_writer_of_the_same_data_does_not_start(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    AUTO(text) struct text holder = {0};
    text_printf(&holder, "pid %d", commands.pid);
    assert_int_equal(
        annal_run(data, (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL},
                  NULL, &errors),
        3);
    assert_text_contains(errors.at, holder.at);
}

static void an_address_in_use_is_reported(void **state)
{
    (void)state;
    const char *other = test_directory_make();
    AUTO(text) struct text errors = {0};
    assert_int_equal(
        annal_run(other,
                  (const char *[]){"commands", "--commands-listen", to + strlen("http://"), NULL},
                  NULL, &errors),
        1);
    assert_text_contains(errors.at, to + strlen("http://"));
    test_directory_remove(other);
}

static void an_unknown_model_is_rejected_with_the_nearest_and_all_models(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0}, role = {0};
    const char *rebuild[] = {"rebuild", "nothing", NULL},
               *projector[] = {"projector", "loan_boks", NULL};
    assert_int_equal(annal_run(data, rebuild, NULL, &errors), 1);
    assert_text_contains(errors.at, "; the read models are branch_loans, ");
    assert_int_equal(annal_run(data, projector, NULL, &role), 3); /* a restart is useless */
    assert_text_contains(role.at, "did you mean loan_books? The read models are ");
}

static void a_flag_is_read_from_its_variable(void **state)
{
    (void)state;
    setenv("ANNAL_SAGAS", "yes", 1);
    is_wrong_usage((const char *[]){"up", NULL},
                   "ANNAL_SAGAS=yes: it must be 1 or true, 0 or false");
    unsetenv("ANNAL_SAGAS");
}

static void a_filter_that_matches_no_event_says_so(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0}, errors = {0};
    const char *words[] = {"events", "--stream", "loan/NONE", NULL};
    assert_int_equal(annal_run(data, words, &out, &errors), 0);
    assert_int_equal(out.length, 0);
    assert_string_equal(errors.at, "no event matches\n");
}

static void short_help_is_help(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0}, status = {0};
    assert_int_equal(annal_run(data, (const char *[]){"-h", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "Usage: lending_annal SUBCOMMAND");
    assert_int_equal(annal_run(data, (const char *[]){"status", "-h", NULL}, &status, NULL), 0);
    assert_text_contains(status.at, "Usage: lending_annal status ");
}

static void the_version_names_annal_and_the_libraries_it_runs_with(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    assert_int_equal(annal_run(data, (const char *[]){"--version", NULL}, &out, NULL), 0);
    assert_int_equal(strncmp(out.at, "lending_annal, annal 0.", 23), 0);
    assert_text_contains(out.at, "\nSQLite 3.");
}

/* The program takes its name from argv[0]. */
static void messages_and_help_use_the_name_of_the_program(void **state)
{
    (void)state;
    static const struct {
        const char *words[3], *says;
    } cases[] = {
        {{"--version", NULL}, "coupons, annal 0."},
        {{"help", NULL}, "Usage: coupons SUBCOMMAND"},
        {{"verify", "--help", NULL}, "a head that `coupons status`"},
        {{"stauts", NULL}, "coupons: unknown subcommand stauts"},
        {{"rebuild", "nothing", NULL}, "coupons rebuild: "},
    };
    AUTO(text) struct text program = {0};
    AUTO(text) struct text annal = {0};
    text_printf(&program, "%s/coupons", data);
    text_add(&annal, getenv("ANNAL_PROGRAM"));
    assert_int_equal(symlink(annal.at, program.at), 0);
    setenv("ANNAL_PROGRAM", program.at, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO(text) struct text out = {0};
        (void)annal_run(data, cases[i].words, &out, &out);
        assert_text_contains(out.at, cases[i].says);
        assert_null(strstr(out.at, "`annal "));
    }
    setenv("ANNAL_PROGRAM", annal.at, 1);
}

static void options_of_the_domain_are_read_like_all_others(void **state)
{
    (void)state;
    AUTO(text) struct text help = {0}, none = {0};
    assert_int_equal(annal_run(data, (const char *[]){"help", "saga", NULL}, &help, NULL), 0);
    assert_text_contains(help.at, "--approval-timeout SECONDS");
    assert_text_contains(help.at, "[ANNAL_APPROVAL_TIMEOUT, 900]");
    is_wrong_usage((const char *[]){"saga", "--approval-timout", "5", NULL},
                   "unknown option --approval-timout (did you mean --approval-timeout?)");
    is_wrong_usage((const char *[]){"saga", "--approval-timeout", "0", NULL},
                   "--approval-timeout 0: it must be a whole number from 1 to 86400");
    is_wrong_usage((const char *[]){"saga", "--approval-timeout", NULL}, "missing value");
    is_wrong_usage((const char *[]){"status", "--approval-timeout", "5", NULL}, "unknown option");
    is_wrong_usage((const char *[]){"saga", "--approval-timeout", "5", "--domain", "none", NULL},
                   "unknown option --approval-timeout");
    const char *words[] = {"saga", "--help", "--domain", "none", NULL};
    assert_int_equal(annal_run(data, words, &none, NULL), 0);
    assert_null(strstr(none.at, "--approval-timeout"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_of_the_domain_are_read_like_all_others),
        cmocka_unit_test(every_subcommand_explains_itself),
        cmocka_unit_test(a_wrong_command_line_is_rejected_with_the_nearest_word),
        cmocka_unit_test(send_reports_each_rejected_line),
        cmocka_unit_test(a_file_sent_twice_changes_nothing_the_second_time),
        cmocka_unit_test(order_is_kept_within_a_stream),
        cmocka_unit_test(events_are_filtered_and_bounded),
        cmocka_unit_test(verify_compares_the_log_with_the_head_that_status_printed),
        cmocka_unit_test(a_second_writer_of_the_same_data_does_not_start),
        cmocka_unit_test(an_address_in_use_is_reported),
        cmocka_unit_test(an_unknown_model_is_rejected_with_the_nearest_and_all_models),
        cmocka_unit_test(a_flag_is_read_from_its_variable),
        cmocka_unit_test(a_filter_that_matches_no_event_says_so),
        cmocka_unit_test(short_help_is_help),
        cmocka_unit_test(the_version_names_annal_and_the_libraries_it_runs_with),
        cmocka_unit_test(messages_and_help_use_the_name_of_the_program),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
