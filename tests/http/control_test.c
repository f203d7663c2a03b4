#include "tests/support/claims.h"

#include "base/json.h"
#include "http/control.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *directory;

static enum err echo(void *context, const json_t *body, json_t **ret_answer, struct error *error)
{
    (void)context;
    if (!body)
        return error_set(error, ERR_REFUSED, "say something");
    if (json_is_string(body))
        return error_set(error, ERR_CORRUPT, "%s is damaged", json_string_value(body));
    *ret_answer = json_pack("{s:O}", "said", (json_t *)body);
    return OK;
}

static const struct control_route routes[] = {{.method = "POST", .path = "/echo", .action = echo},
                                              {0}};

static struct control *open_role(void)
{
    struct control *control = NULL;
    struct control_options options = {
        .data_directory = directory, .role = "commands", .routes = routes};
    assert_ok(control_open(&options, &control, &error));
    return control;
}

static int make_directory(void **state)
{
    (void)state;
    directory = test_directory_make();
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    test_directory_remove(directory);
    return 0;
}

static void a_role_answers_its_routes(void **state)
{
    (void)state;
    AUTO(control) struct control *control = open_role();
    AUTO(json) json_t *body = json_pack("[i,i]", 1, 2);
    AUTO(json) json_t *answer = NULL;
    assert_ok(control_call(directory, "commands", "POST", "/echo", body, 5000, &answer, &error));
    assert_int_equal(json_array_size(json_object_get(answer, "said")), 2);
}

static void an_error_is_returned_with_its_code(void **state)
{
    (void)state;
    AUTO(control) struct control *control = open_role();
    json_t *answer = NULL;
    struct error error = {0};
    assert_int_equal(
        control_call(directory, "commands", "POST", "/echo", NULL, 5000, &answer, &error),
        ERR_REFUSED);
    assert_string_equal(error.text, "say something");
    assert_err(ERR_NOT_FOUND,
               control_call(directory, "commands", "GET", "/nowhere", NULL, 5000, &answer, &error));
}

static void an_error_names_the_file_that_is_its_cause(void **state)
{
    (void)state;
    AUTO(control) struct control *control = open_role();
    AUTO(json) json_t *body = json_string("/data/events.db");
    json_t *answer = NULL;
    struct error error = {0};
    assert_int_equal(
        control_call(directory, "commands", "POST", "/echo", body, 5000, &answer, &error),
        ERR_CORRUPT);
    assert_string_equal(error.text, "/data/events.db is damaged");
}

static void an_unknown_path_gets_the_routes_of_the_socket(void **state)
{
    (void)state;
    AUTO(control) struct control *control = open_role();
    json_t *answer = NULL;
    struct error error;
    assert_int_equal(control_call(directory, "commands", "GET", "/", NULL, 5000, &answer, &error),
                     ERR_NOT_FOUND);
    assert_string_equal(error.text,
                        "no route \"/\"; this socket serves /livez, /readyz, /metrics, /echo");
}

static void every_role_serves_its_health(void **state)
{
    (void)state;
    AUTO(control) struct control *control = open_role();
    AUTO(json) json_t *answer = NULL;
    assert_ok(control_call(directory, "commands", "GET", "/livez", NULL, 5000, &answer, &error));
    assert_string_equal(json_string_or(answer, "status", ""), "alive");
}

static int connect_to_role(void)
{
    struct sockaddr_un address;
    assert_ok(control_path(directory, "commands", &address, &error));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Sends a byte on each; how many are still open. */
static size_t trickle(const int *fd, size_t count)
{
    size_t open = 0;
    for (size_t i = 0; i < count; i++)
        open += send(fd[i], "a", 1, MSG_NOSIGNAL) == 1;
    return open;
}

static void slow_clients_do_not_block_others(void **state)
{
    (void)state;
    AUTO(control) struct control *control = open_role();
    int fd[96];
    const size_t count = sizeof fd / sizeof *fd;
    for (size_t i = 0; i < count; i++) {
        fd[i] = connect_to_role();
        assert_int_equal(send(fd[i], "GET /", 5, MSG_NOSIGNAL), 5);
    }
    for (int i = 0; i < 20; i++) {
        json_t *answer = NULL;
        (void)trickle(fd, count);
        assert_ok(
            control_call(directory, "commands", "GET", "/livez", NULL, 5000, &answer, &error));
        json_decref(answer);
    }
    wait_until(10, trickle(fd, count) <= 32);
    for (size_t i = 0; i < count; i++)
        close(fd[i]);
}

static void not_running_is_reported_only_if_nothing_listens(void **state)
{
    (void)state;
    struct sockaddr_un address;
    struct rlimit before, none;
    json_t *answer = NULL;
    assert_err(ERR_NOT_RUNNING,
               control_call(directory, "queries", "GET", "/livez", NULL, 1000, &answer, &error));
    AUTO(control) struct control *control = open_role();
    assert_ok(control_path(directory, "dead", &address, &error));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    assert_err(ERR_NOT_RUNNING,
               control_call(directory, "dead", "GET", "/livez", NULL, 1000, &answer, &error));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){3, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum err err = control_call(directory, "commands", "GET", "/livez", NULL, 1000, &answer, NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(err, ERR_UNREACHABLE);
}

static void the_socket_of_a_dead_process_is_replaced_that_of_a_living_one_is_not(void **state)
{
    (void)state;
    AUTO(control) struct control *first = open_role();
    struct control *second = NULL;
    struct control_options options = {.data_directory = directory, .role = "commands"};
    assert_err(ERR_LOCKED, control_open(&options, &second, &error));
    AUTO(text) struct text dead = {0};
    text_printf(&dead, "%s/run/queries.sock", directory);
    test_file_write(dead.at, "");
    options.role = "queries";
    assert_ok(control_open(&options, &second, &error));
    control_close(second);
}

static void a_path_too_long_for_a_socket_is_rejected(void **state)
{
    (void)state;
    AUTO(text) struct text role = {0};
    for (int i = 0; i < 120; i++)
        text_add_char(&role, 'r');
    struct control *control = NULL;
    struct control_options options = {.data_directory = directory, .role = role.at};
    assert_err(ERR_USAGE, control_open(&options, &control, &error));
}

static void a_body_over_the_limit_is_rejected(void **state)
{
    (void)state;
    AUTO(control) struct control *control = open_role();
    AUTO(text) struct text big = {0};
    for (int i = 0; i < 100000; i++)
        text_add_char(&big, 'x');
    AUTO(json) json_t *body = json_string(big.at);
    json_t *answer = NULL;
    assert_err(ERR_TOO_LARGE,
               control_call(directory, "commands", "POST", "/echo", body, 5000, &answer, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_answers_its_routes),
        cmocka_unit_test(an_error_is_returned_with_its_code),
        cmocka_unit_test(an_error_names_the_file_that_is_its_cause),
        cmocka_unit_test(an_unknown_path_gets_the_routes_of_the_socket),
        cmocka_unit_test(every_role_serves_its_health),
        cmocka_unit_test(slow_clients_do_not_block_others),
        cmocka_unit_test(not_running_is_reported_only_if_nothing_listens),
        cmocka_unit_test(the_socket_of_a_dead_process_is_replaced_that_of_a_living_one_is_not),
        cmocka_unit_test(a_path_too_long_for_a_socket_is_rejected),
        cmocka_unit_test(a_body_over_the_limit_is_rejected),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
