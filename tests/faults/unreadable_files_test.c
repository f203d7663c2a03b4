/* A file that cannot be read is not taken for absent: no role or task denies the content of files that
 * cannot be opened, read or mapped, or starts again without them. */
#include "tests/support/annal_process.h"
#include "tests/support/faulty_files.h"
#include "tests/support/http_client.h"
#include "tests/support/own_log.h"

#include "base/file.h"
#include "base/json.h"
#include "event_store/sqlite/event_log.h"
#include "read_model/store/generation.h"
#include "read_model/store/model_store.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOAN_BODY                                                                                  \
    "{\"memberId\":\"M-1\",\"branch\":\"CPH\",\"request\":true,"                                   \
    "\"books\":[{\"bookId\":\"B-1\",\"copies\":1}]}"

static const int kinds[] = {FAULTY_OPEN, FAULTY_READ, FAULTY_SHM};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *data;
static struct annal_process commands;

static const char *in_data(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", data, name);
    return path;
}

static void start_commands(void)
{
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
}

static void open_loan(const char *id)
{
    AUTO(http_reply) struct http_reply reply = {0};
    char path[100];
    snprintf(path, sizeof path, "/commands/loan/%s/open", id);
    http_post_json(annal_address(&commands, NULL), path, LOAN_BODY, &reply);
    assert_int_equal(reply.status, 201);
}

/* The command endpoint runs without faults, unless a test starts a faulty one. */
static int begin(void **state)
{
    (void)state;
    data = test_directory_make();
    start_commands();
    open_loan("L-1");
    assert_int_equal(annal_run(data, (const char *[]){"rebuild", "loans", NULL}, NULL, NULL), 0);
    faulty_files_begin(data);
    return 0;
}

static int end(void **state)
{
    (void)state;
    faulty_files_end();
    if (commands.pid)
        annal_stop(&commands, 30);
    test_directory_remove(data);
    return 0;
}

static int64_t current_generation(const char *model)
{
    int64_t number = -1;
    assert_ok(generation_current(data, model, &number, &error));
    return number;
}

/* While calls on these files fail, the task must exit with another status than 0 and the reason, as an
 * error or among its output. */
static void refuses(const char *const *words, int kind, const char *part, const char *says)
{
    AUTO(text) struct text out = {0}, errors = {0};
    faulty_files_fail(kind, part);
    int status = annal_run(data, words, &out, &errors);
    int failed = faulty_files_count();
    faulty_files_heal();
    if (status == 0 || failed == 0)
        fail_msg("%s ends with status %d after %d failures of kind %d: %s%s", words[0], status,
                 failed, kind, out.at ? out.at : "", errors.at ? errors.at : "");
    text_add(&errors, out.at ? out.at : "");
    assert_text_contains(errors.at, says);
}

/* ---- tasks ---- */

static void tasks_report_a_log_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const tasks[][4] = {
        {"status", "--json"}, {"rebuild", "loans"}, {"check", "loans"}, {"events"}, {"verify"}};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        for (int k = 0; k < KINDS; k++)
            refuses(tasks[i], kinds[k], "events.db", "open the log for reading");
    assert_int_equal(current_generation("loans"), 1);
    refuses(tasks[0], FAULTY_OPEN, "events.db", "Too many open files");
}

static void tasks_report_a_read_model_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const tasks[][4] = {{"status", "--json"},
                                           {"rebuild", "loans"},
                                           {"check", "loans"},
                                           {"dead-letters", "list", "loans"}};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        for (int k = 0; k < KINDS; k++)
            refuses(tasks[i], kinds[k], "loans", "loans");
    assert_int_equal(current_generation("loans"), 1);
}

static void annal_models_names_the_file_that_cannot_be_read(void **state)
{
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        AUTO(text) struct text out = {0};
        faulty_files_fail(kinds[k], "loans");
        annal_run(data, (const char *[]){"models", "--json", NULL}, &out, NULL);
        faulty_files_heal();
        assert_text_contains(out.at, k == 0 ? "unable to open" : "disk I/O error");
    }
}

static void a_rebuild_fails_while_the_log_is_missing(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    char *there = strdup(in_data("events.db")), *away = strdup(in_data("events.db.away"));
    const char *rebuild[] = {"rebuild", "loans", NULL};
    assert_int_equal(rename(there, away), 0);
    int status = annal_run(data, rebuild, NULL, &errors);
    assert_int_equal(rename(away, there), 0);
    free(there);
    free(away);
    assert_int_equal(status, 1);
    assert_text_contains(errors.at, "file not found");
    assert_int_equal(current_generation("loans"), 1);
    assert_int_equal(annal_run(data, rebuild, NULL, NULL), 0);
    assert_int_equal(current_generation("loans"), 2);
}

/* ---- projectors ---- */

static int64_t position_of(const char *name)
{
    AUTO(json) json_t *status = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    size_t i;
    json_t *model;
    json_array_foreach (json_object_get(status, "models"), i, model) {
        if (strcmp(json_string_or(model, "name", ""), name) == 0)
            return json_int_or(model, "position", -1);
    }
    return -1;
}

static bool is_logged(const char *words)
{
    AUTO(string) char *log = test_file_read(in_data("test.log"));
    return strstr(log, words) != NULL;
}

static void a_first_projector_waits_for_a_log_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const models[KINDS] = {"shelves", "loan_books", "branch_loans"};
    for (int k = 0; k < KINDS; k++) {
        struct annal_process projector;
        AUTO(text) struct text expected = {0};
        text_printf(&expected, "%s: open the log for reading", models[k]);
        faulty_files_fail(kinds[k], "events.db");
        annal_spawn(&projector, data, (const char *[]){"projector", models[k], NULL});
        wait_until(20, is_logged(expected.at));
        assert_int_equal(current_generation(models[k]), 0);
        faulty_files_heal();
        annal_wait_ready(&projector, 20);
        wait_until_task(20, position_of(models[k]) > 0);
        assert_int_equal(annal_stop(&projector, 20), 0);
    }
}

static void a_projector_without_its_log_keeps_the_rows_that_it_serves(void **state)
{
    (void)state;
    struct annal_process projector;
    char *there = strdup(in_data("events.db")), *away = strdup(in_data("events.db.away"));
    assert_int_equal(rename(there, away), 0);
    annal_start(&projector, data, (const char *[]){"projector", "loans", NULL});
    wait_until(20, is_logged(" is missing; restore it from a backup"));
    assert_int_equal(rename(away, there), 0);
    free(there);
    free(away);
    int64_t before = position_of("loans");
    assert_true(before > 0);
    open_loan("L-GONE");
    wait_until_task(20, position_of("loans") > before);
    assert_int_equal(current_generation("loans"), 2);
    assert_int_equal(annal_stop(&projector, 20), 0);
}

/* ---- endpoints ---- */

static int status_at(struct http_client *client, const char *path)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_client_call(client, &(struct http_call){.path = path}, &reply);
    if (strstr(reply.body.at, data))
        fail_msg("%s shows a file of the server: %s", path, reply.body.at);
    return (int)reply.status;
}

static void queries_answer_503_not_404_for_a_row_they_cannot_read(void **state)
{
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        struct annal_process queries;
        faulty_files_fail(kinds[k], "loans");
        annal_start(&queries, data,
                    (const char *[]){"queries", "--queries-listen", "127.0.0.1:0", NULL});
        AUTO(http_client)
        struct http_client *client = http_client_open(annal_address(&queries, NULL));
        assert_int_equal(status_at(client, "/read/loans/L-1"), 503);
        assert_int_equal(status_at(client, "/read/loans"), 503);
        assert_int_equal(status_at(client, "/read/no_such_table"), 503);
        assert_int_equal(status_at(client, "/readyz"), 503);
        faulty_files_heal();
        assert_int_equal(status_at(client, "/read/loans/L-1"), 200);
        assert_int_equal(status_at(client, "/read/loans/L-X"), 404);
        assert_int_equal(status_at(client, "/read/no_such_table"), 404);
        assert_int_equal(annal_stop(&queries, 20), 0);
    }
}

static void start_faulty_commands(void)
{
    annal_stop(&commands, 20);
    start_commands();
}

static void commands_answer_503_not_404_for_a_stream_they_cannot_read(void **state)
{
    (void)state;
    static const char *const paths[] = {"/streams/loan/L-1/state", "/streams/loan/L-1",
                                        "/streams/loan", "/events", "/readyz"};
    start_faulty_commands();
    AUTO(http_client) struct http_client *client = http_client_open(annal_address(&commands, NULL));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char id[20];
        snprintf(id, sizeof id, "L-R-%zu", i);
        open_loan(id); /* so that no reader has cached it */
        faulty_files_fail(FAULTY_READ, "events.db");
        int status = status_at(client, paths[i]);
        faulty_files_heal();
        if (status != 503)
            fail_msg("%s is answered with %d", paths[i], status);
        assert_int_equal(status_at(client, paths[i]), 200);
    }
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(annal_address(&commands, NULL), "/streams/loan/L-X/state", &reply);
    http_reply_check_problem(&reply, 404, "stream-not-found");
    http_get(annal_address(&commands, NULL), "/streams/loan/L-X", &reply);
    http_reply_check_problem(&reply, 404, "stream-not-found");
}

static int descriptors_of(pid_t pid)
{
    char path[40];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 2;
}

static void running_out_of_descriptors_later_stops_no_read_of_the_log(void **state)
{
    (void)state;
    AUTO(http_client) struct http_client *client = http_client_open(annal_address(&commands, NULL));
    assert_int_equal(status_at(client, "/livez"), 200);
    struct rlimit before, none;
    assert_int_equal(prlimit(commands.pid, RLIMIT_NOFILE, NULL, &before), 0);
    none = before;
    none.rlim_cur = (rlim_t)descriptors_of(commands.pid);
    assert_int_equal(prlimit(commands.pid, RLIMIT_NOFILE, &none, NULL), 0);
    assert_int_equal(status_at(client, "/streams/loan/L-1/state"), 200);
    assert_int_equal(status_at(client, "/events"), 200);
    assert_int_equal(status_at(client, "/readyz"), 200);
    assert_int_equal(prlimit(commands.pid, RLIMIT_NOFILE, &before, NULL), 0);
}

/* A program that runs annal with few descriptors. */
static void write_limited(int descriptors)
{
    AUTO(text) struct text script = {0};
    text_printf(&script, "#!/bin/sh\nulimit -n %d\nexec %s \"$@\"\n", descriptors,
                getenv("ANNAL_PROGRAM"));
    test_file_write(in_data("limited"), script.at);
    assert_int_equal(chmod(in_data("limited"), 0700), 0);
    setenv("ANNAL_PROGRAM", in_data("limited"), 1);
}

static void connections_leave_descriptors_for_files(void **state)
{
    (void)state;
    enum { LIMIT = 194, MORE_THAN_FIT = 60 };
    AUTO(string) char *program = strdup(getenv("ANNAL_PROGRAM"));
    int fds[MORE_THAN_FIT];
    write_limited(LIMIT);
    start_faulty_commands();
    assert_true(is_logged("at most 50 connections, not 4096"));
    AUTO(http_client) struct http_client *client = http_client_open(annal_address(&commands, NULL));
    assert_int_equal(status_at(client, "/livez"), 200);
    for (int i = 0; i < MORE_THAN_FIT; i++)
        fds[i] = raw_client_connect(annal_address(&commands, NULL));
    assert_int_equal(status_at(client, "/readyz"), 200);
    assert_int_equal(annal_run(data, (const char *[]){"rebuild", "loans", NULL}, NULL, NULL), 0);
    for (int i = 0; i < MORE_THAN_FIT; i++)
        close(fds[i]);
    annal_stop(&commands, 20);
    setenv("ANNAL_PROGRAM", program, 1);
    write_limited(60);
    annal_spawn(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    assert_int_equal(annal_join(&commands, 20), 2);
    assert_true(is_logged("the limit of open files, 60, is too low"));
    setenv("ANNAL_PROGRAM", program, 1);
    start_commands();
}

/* ---- sagas ---- */

static void the_first_saga_does_not_begin_on_a_log_that_it_cannot_read(void **state)
{
    (void)state;
    struct annal_process saga;
    char to[128];
    snprintf(to, sizeof to, "http://%s", annal_address(&commands, NULL));
    const char *words[] = {"saga", "--to", to, NULL};
    for (int k = 0; k < KINDS; k++)
        refuses(words, kinds[k], "events.db", "open the log for reading");
    annal_start(&saga, data, words);
    AUTO(json) json_t *status = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    assert_int_equal(json_int_or(json_object_get(status, "sagas"), "position", -1),
                     json_int_or(status, "head", 0));
    assert_int_equal(annal_stop(&saga, 20), 0);
}

static void sagas_do_not_run_while_their_log_is_missing(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    char *there = strdup(in_data("events.db")), *away = strdup(in_data("events.db.away"));
    assert_int_equal(rename(there, away), 0);
    int status = annal_run(data, (const char *[]){"saga", "--to", "http://127.0.0.1:9", NULL}, NULL,
                           &errors);
    assert_int_equal(rename(away, there), 0);
    free(there);
    free(away);
    assert_int_equal(status, 1);
    assert_text_contains(errors.at, "events.db is gone");
}

static void status_does_not_hide_sagas_it_cannot_read(void **state)
{
    (void)state;
    for (int k = 0; k < KINDS; k++)
        refuses((const char *[]){"status", "--json", NULL}, kinds[k], "sagas.db", "sagas");
}

/* ---- permission ---- */

static bool all_unknown(void)
{
    int64_t number;
    bool exists;
    struct generations files;
    struct event_store *log;
    struct model_store *store;
    struct db *db;
    struct error error = {0};
    return db_open_reader(in_data("events.db"), DB_EVENTS, &db, &error) == ERR_IO &&
           strstr(error.text, "Permission denied") &&
           own_log_open(data, EVENT_STORE_READ, &log, NULL) == ERR_IO &&
           file_exists(in_data("events.db"), &exists, NULL) == ERR_IO &&
           generation_current(data, "loans", &number, NULL) == ERR_IO &&
           generation_list(data, "loans", &files, NULL) == ERR_IO &&
           model_store_open(in_data("read/loans.1.db"), DB_ORDERED, &store, NULL) == ERR_IO;
}

static void a_directory_without_search_permission_is_not_taken_for_empty(void **state)
{
    (void)state;
    int status;
    assert_int_equal(chmod(data, 0), 0);
    pid_t pid = fork();
    if (pid == 0) {
        bool is_root = geteuid() == 0;
        if (is_root && setresuid(65534, 65534, 65534) != 0)
            _exit(2);
        _exit(all_unknown() ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(chmod(data, 0700), 0);
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_report_a_log_that_cannot_be_read),
        cmocka_unit_test(tasks_report_a_read_model_that_cannot_be_read),
        cmocka_unit_test(annal_models_names_the_file_that_cannot_be_read),
        cmocka_unit_test(a_rebuild_fails_while_the_log_is_missing),
        cmocka_unit_test(a_first_projector_waits_for_a_log_that_cannot_be_read),
        cmocka_unit_test(a_projector_without_its_log_keeps_the_rows_that_it_serves),
        cmocka_unit_test(queries_answer_503_not_404_for_a_row_they_cannot_read),
        cmocka_unit_test(commands_answer_503_not_404_for_a_stream_they_cannot_read),
        cmocka_unit_test(running_out_of_descriptors_later_stops_no_read_of_the_log),
        cmocka_unit_test(connections_leave_descriptors_for_files),
        cmocka_unit_test(the_first_saga_does_not_begin_on_a_log_that_it_cannot_read),
        cmocka_unit_test(sagas_do_not_run_while_their_log_is_missing),
        cmocka_unit_test(status_does_not_hide_sagas_it_cannot_read),
        cmocka_unit_test(a_directory_without_search_permission_is_not_taken_for_empty),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
