/* `annal up`: it ends with the reason if a role cannot work, and serves the metrics of all roles. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *data;

static int begin(void **state)
{
    (void)state;
    data = test_directory_make();
    return 0;
}

static int end(void **state)
{
    (void)state;
    test_directory_remove(data);
    return 0;
}

static char *in_data(const char *name)
{
    struct text path = {0};
    text_printf(&path, "%s/%s", data, name);
    return text_take(&path);
}

/* `annal up` must end by itself with this status and the reason, and must not report a role as ready that
 * cannot work. */
static void assert_up_ends(const char *listen, int status, const char *why, const char *not_ready)
{
    AUTO(text) struct text out = {0};
    AUTO(text) struct text errors = {0};
    const char *words[] = {"up", "--commands-listen", listen, "--queries-listen", "127.0.0.1:0",
                           NULL};
    assert_int_equal(annal_run(data, words, &out, &errors), status);
    const char *reason = strstr(errors.at, "annal up: commands: ");
    assert_non_null(reason);
    assert_text_contains(reason, why);
    assert_text_contains(out.at, "failed up ");
    assert_null(strstr(out.at, "ready up "));
    assert_null(strstr(out.at, not_ready));
}

static void up_ends_with_the_reason_if_a_port_is_taken(void **state)
{
    (void)state;
    struct annal_process other;
    const char *elsewhere = test_directory_make();
    annal_start(&other, elsewhere,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    AUTO(text) struct text address = {0};
    text_add(&address, annal_address(&other, NULL));
    assert_up_ends(address.at, 1, address.at, "ready commands");
    annal_stop(&other, 20);
    test_directory_remove(elsewhere);
}

static void up_ends_with_the_reason_if_another_process_holds_the_log(void **state)
{
    (void)state;
    struct annal_process other;
    AUTO(text) struct text holder = {0};
    annal_start(&other, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    text_printf(&holder, "pid %d", other.pid);
    assert_up_ends("127.0.0.1:0", 3, holder.at, "ready commands");
    annal_stop(&other, 20);
}

static void up_ends_with_the_reason_if_the_log_is_damaged(void **state)
{
    (void)state;
    AUTO(string) char *log = in_data("events.db");
    test_file_write(log, "This is not a database, but long enough to have the header of one. It is "
                         "read as one, and refused, for it begins with another sentence.");
    assert_up_ends("127.0.0.1:0", 3, "events.db", "ready projector");
}

static void up_ends_with_the_reason_if_its_directory_cannot_be_written(void **state)
{
    (void)state;
    AUTO(string) char *lock = in_data("events.db.lock");
    AUTO(string) char *models = in_data("read");
    assert_int_equal(mkdir(lock, 0755), 0);
    test_file_write(models, "a file where the projectors' directory belongs");
    assert_up_ends("127.0.0.1:0", 1, "events.db.lock", "ready projector");
}

/* The others are ready; the worker continues once the read model has been rebuilt. */
static void a_damaged_read_model_stops_nothing_else(void **state)
{
    (void)state;
    AUTO(string) char *models = in_data("read");
    AUTO(string) char *model = in_data("read/loans.db");
    struct annal_process up, commands;
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    assert_int_equal(annal_stop(&commands, 30), 0); /* the log is there: none is begun */
    assert_int_equal(mkdir(models, 0755), 0);
    test_file_write(model,
                    "This is not a database, but long enough to have the header of one. It is "
                    "read as one, and refused, for it begins with another sentence.");
    annal_start(&up, data,
                (const char *[]){"up", "--commands-listen", "127.0.0.1:0", "--queries-listen",
                                 "127.0.0.1:0", NULL});
    assert_non_null(strstr(up.ready, "commands=http://"));
    unlink(model);
    annal_wait_caught_up(data, 60);
    assert_int_equal(annal_stop(&up, 30), 0);
}

/* ---- a role that cannot be started again at once ---- */

static pid_t holder_of(const char *file)
{
    AUTO(text) struct text name = {0};
    text_printf(&name, "%s.lock", file);
    AUTO(string) char *path = in_data(name.at);
    AUTO(string) char *holder = test_file_read(path);
    const char *pid = strstr(holder, "pid ");
    return pid ? (pid_t)atoi(pid + 4) : 0;
}

static int hold_lock(const char *name)
{
    AUTO(string) char *path = in_data(name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    wait_until(30, fcntl(fd, F_OFD_SETLK, &whole) == 0);
    return fd;
}

static int count_in_log(const char *words)
{
    AUTO(string) char *path = in_data("test.log");
    AUTO(string) char *log = test_file_read(path);
    int count = 0;
    for (const char *at = log; (at = strstr(at, words)); at++)
        count++;
    return count;
}

/* The test holds the lock, like a task that waits for a slow disk. */
static void up_outlives_a_task_that_holds_a_lock_while_its_role_restarts(void **state)
{
    (void)state;
    struct annal_process up;
    annal_start(&up, data,
                (const char *[]){"up", "--sagas", "--commands-listen", "127.0.0.1:0",
                                 "--queries-listen", "127.0.0.1:0", NULL});
    wait_until(30, holder_of("sagas.db") > 0);
    pid_t killed = holder_of("sagas.db");
    kill(killed, SIGKILL);
    int fd = hold_lock("sagas.db.lock");
    wait_until(60, count_in_log("saga ended with status") >= 4);
    assert_true(annal_is_running(&up));
    close(fd);
    wait_until(60, holder_of("sagas.db") != killed);
    assert_int_equal(annal_stop(&up, 30), 0);
}

static void scrape(const char *address, struct http_reply *reply)
{
    http_get(address, "/metrics", reply);
    assert_int_equal(reply->status, 200);
}

static bool is_ready(const char *address)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(address, "/readyz", &reply);
    return reply.status == 200;
}

static void read_environment(pid_t pid, struct text *out)
{
    AUTO(text) struct text path = {0};
    struct error error = {0};
    text_printf(&path, "/proc/%d/environ", (int)pid);
    assert_int_equal(file_read(path.at, 1 << 20, out, &error), OK);
    for (size_t i = 0; i < out->length; i++)
        if (out->at[i] == '\0')
            out->at[i] = '\n';
}

/* A sample of a model appears once its worker has made its file. */
static bool shows(const char *address, const char *sample)
{
    AUTO(http_reply) struct http_reply reply = {0};
    scrape(address, &reply);
    return strstr(reply.body.at, sample) != NULL;
}

/* The detail names the roles, and none of the server's files. */
static void expect_not_ready(const char *address, const char *role)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(address, "/readyz", &reply);
    http_reply_check_problem(&reply, 503, "not-ready");
    assert_text_contains(reply.body.at, role);
    assert_null(strstr(reply.body.at, data));
}

static void expect_log_missing(const char *address)
{
    AUTO(string) char *log = in_data("events.db");
    AUTO(string) char *away = in_data("away.db");
    assert_int_equal(rename(log, away), 0);
    expect_not_ready(address, "commands: ");
    assert_int_equal(rename(away, log), 0);
}

static void one_address_serves_the_metrics_of_all_roles(void **state)
{
    (void)state;
    struct annal_process up;
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text address = {0}, environment = {0};
    AUTO(string) char *socket = in_data("run/projector-shelves.sock");
    setenv("ANNAL_METRICS_LISTEN", "127.0.0.1:0", 1);
    setenv("ANNAL_SAGAS", "0", 1);
    annal_start(&up, data,
                (const char *[]){"up", "--commands-listen", "127.0.0.1:0", "--queries-listen",
                                 "127.0.0.1:0", NULL});
    unsetenv("ANNAL_METRICS_LISTEN");
    unsetenv("ANNAL_SAGAS");
    text_add(&address, annal_address(&up, "metrics"));
    wait_until(20,
               shows(address.at, "annal_model_position{role=\"queries\",model=\"shelves\"} 0\n"));
    scrape(address.at, &reply);
    assert_text_contains(reply.body.at, "annal_log_head_position{role=\"commands\"} 0\n");
    assert_text_contains(reply.body.at, "annal_up_role_reachable{role=\"projector-shelves\"} 1\n");
    assert_null(strstr(reply.body.at, "role=\"saga\""));
    const char *type = strstr(reply.body.at, "# TYPE annal_subscription_position ");
    assert_non_null(type);
    assert_null(strstr(type + 1, "# TYPE annal_subscription_position "));
    wait_until(20, is_ready(address.at)); /* a projector may still open its file */

    unlink(socket);
    scrape(address.at, &reply);
    assert_text_contains(reply.body.at, "annal_up_role_reachable{role=\"projector-shelves\"} 0\n");
    assert_null(strstr(reply.body.at, "{role=\"projector-shelves\","));
    expect_not_ready(address.at, "projector-shelves: ");
    expect_log_missing(address.at);

    read_environment(holder_of("events.db"), &environment);
    assert_text_contains(environment.at, "ANNAL_DATA=");
    assert_null(strstr(environment.at, "ANNAL_METRICS_LISTEN"));
    assert_int_equal(annal_stop(&up, 30), 0);
}

int main(void)
{
    setenv("ANNAL_BUS", "log:", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(up_ends_with_the_reason_if_a_port_is_taken, begin, end),
        cmocka_unit_test_setup_teardown(up_ends_with_the_reason_if_another_process_holds_the_log,
                                        begin, end),
        cmocka_unit_test_setup_teardown(up_ends_with_the_reason_if_the_log_is_damaged, begin, end),
        cmocka_unit_test_setup_teardown(up_ends_with_the_reason_if_its_directory_cannot_be_written,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_read_model_stops_nothing_else, begin, end),
        cmocka_unit_test_setup_teardown(
            up_outlives_a_task_that_holds_a_lock_while_its_role_restarts, begin, end),
        cmocka_unit_test_setup_teardown(one_address_serves_the_metrics_of_all_roles, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
