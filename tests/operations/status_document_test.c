/* The status document distinguishes a missing file from one that never existed. */
#include "operations/status.h"

#include "tests/projectors/fixture.h"
#include "tests/support/own_log.h"

#include "http/control.h"

static json_t *build(const struct fixture *f, bool expects_models)
{
    return status_build(&(struct status_request){.data_directory = f->directory,
                                                 .log_url = own_log_url(f->directory),
                                                 .expects_models = expects_models});
}

static bool has_problem(const json_t *status, const char *part)
{
    size_t i;
    json_t *problem;
    json_array_foreach (json_object_get(status, "problems"), i, problem) {
        if (strstr(json_string_value(problem), part))
            return true;
    }
    return false;
}

static enum err working(void *context, const json_t *body, json_t **ret_answer, struct error *error)
{
    (void)context, (void)body, (void)error;
    *ret_answer = json_pack("{s:s, s:i}", "phase", "working", "generation", 3);
    return OK;
}

static void a_worker_whose_files_are_gone_is_a_problem(void **state)
{
    static const struct control_route routes[] = {
        {.method = "GET", .path = "/status", .action = working}, {0}};
    const struct fixture *f = *state;
    AUTO(control) struct control *control = NULL;
    struct control_options options = {
        .data_directory = f->directory, .role = "projector-loans", .routes = routes};
    assert_ok(control_open(&options, &control, &error));
    AUTO(json) json_t *status = build(f, false);
    json_t *models = json_object_get(status, "models");
    assert_int_equal(json_array_size(models), 1);
    assert_string_equal(json_string_or(json_array_get(models, 0), "name", ""), "loans");
    assert_true(has_problem(status, "read model loans cannot be read: its worker serves "
                                    "generation 3, which is not in "));
}

static void missing_read_models_are_a_problem_if_the_log_has_events(void **state)
{
    struct fixture *f = *state;
    AUTO(json) json_t *empty = build(f, true);
    assert_false(has_problem(empty, "/read does not exist"));
    fixture_add_loans(f, 1, 1);
    AUTO(json) json_t *expected = build(f, true);
    AUTO(json) json_t *unexpected = build(f, false);
    assert_true(has_problem(expected, "/read does not exist, though the log has events"));
    assert_false(has_problem(unexpected, "/read does not exist"));
    assert_false(json_is_true(json_object_get(expected, "ok")));
}

static void a_model_ahead_of_the_log_is_reported_and_has_no_lag(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 1);
    fixture_bring_up(f);
    fixture_edit(f, "UPDATE annal_checkpoint SET position = position + 5");
    AUTO(json) json_t *status = build(f, true);
    json_t *model = json_array_get(json_object_get(status, "models"), 0);
    assert_int_equal(json_int_or(model, "position", 0), 7);
    assert_int_equal(json_int_or(model, "lag", -1), 0);
    assert_true(
        has_problem(status, "read model loans: at position 7, ahead of the log, which ends at 2"));
}

static const char *trouble;

static enum err with_relay(void *context, const json_t *body, json_t **ret_answer,
                           struct error *error)
{
    (void)context, (void)body, (void)error;
    *ret_answer = json_pack("{s:[{s:s, s:b, s:i, s:s}]}", "relays", "name", "log", "connected", 0,
                            "position", 0, "trouble", trouble);
    return OK;
}

static void a_relay_that_connects_for_the_first_time_is_no_problem(void **state)
{
    static const struct control_route routes[] = {
        {.method = "GET", .path = "/status", .action = with_relay}, {0}};
    const struct fixture *f = *state;
    AUTO(control) struct control *control = NULL;
    struct control_options options = {
        .data_directory = f->directory, .role = "commands", .routes = routes};
    assert_ok(control_open(&options, &control, &error));
    trouble = "";
    AUTO(json) json_t *first = build(f, false);
    assert_false(has_problem(first, "RabbitMQ"));
    assert_string_equal(json_string_or(first, "broker", ""), "connecting");
    trouble = "connection refused";
    AUTO(json) json_t *later = build(f, false);
    assert_true(has_problem(later, "relay log: RabbitMQ cannot be reached: connection refused"));
    assert_string_equal(json_string_or(later, "broker", ""), "unreachable");
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_worker_whose_files_are_gone_is_a_problem),
        CLAIM(missing_read_models_are_a_problem_if_the_log_has_events),
        CLAIM(a_model_ahead_of_the_log_is_reported_and_has_no_lag),
        CLAIM(a_relay_that_connects_for_the_first_time_is_no_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
