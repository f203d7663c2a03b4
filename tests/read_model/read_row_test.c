#include "telemetry/metrics.h"
#include "tests/read_model/read_fixture.h"

static const char content[] = "INSERT INTO things VALUES ('a', 1, 1.5, 'A \"thing\"', x'00ff'),"
                              "  ('b', NULL, NULL, NULL, NULL), ('ü/ 1', 3, 3.0, 'x', NULL);"
                              "INSERT INTO pairs VALUES (1, 'x', 10), (1, 'y', 20), (-2, 'x', 30)";

/* Runs first: metrics are of the process. */
static void the_position_metric_of_a_model_is_set_without_any_read(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(text) struct text before = {0};
    AUTO(text) struct text after = {0};
    metrics_write(&before);
    assert_null(strstr(before.at, "annal_model_position{"));
    read_fixture_build(fixture, "");
    metrics_write(&after);
    assert_text_contains(after.at, "annal_model_position{model=\"things\"} 1\n");
}

static void a_row_is_found_by_its_key_and_is_json(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, content);
    assert_string_equal(read_fixture_row(fixture, "things", "a", &answer),
                        "{\"id\":\"a\",\"number\":1,\"amount\":1.5,\"name\":\"A "
                        "\\\"thing\\\"\",\"bytes\":\"AP8=\"}");
    assert_int_equal(answer.position, 1);
    assert_ptr_equal(answer.model, fixture->model);
    assert_string_equal(
        read_fixture_row(fixture, "things", "b", &answer),
        "{\"id\":\"b\",\"number\":null,\"amount\":null,\"name\":null,\"bytes\":null}");
}

static void a_key_of_two_columns_is_given_in_key_order(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, content);
    assert_string_equal(read_fixture_row(fixture, "pairs", "1/y", &answer),
                        "{\"a\":1,\"b\":\"y\",\"sum\":20}");
    assert_string_equal(read_fixture_row(fixture, "pairs", "-2/x", &answer),
                        "{\"a\":-2,\"b\":\"x\",\"sum\":30}");
}

static void a_missing_row_is_not_found(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    struct error error = {0};
    struct slice key[] = {slice_of("1"), slice_of("z"), slice_of("")};
    read_fixture_build(fixture, content);
    assert_err(ERR_NOT_FOUND, read_row(fixture->side, "pairs", key, 2, &answer, &error));
    assert_int_equal(answer.position, 1);
    key[0] = slice_of("one"); /* fits no INTEGER */
    assert_err(ERR_NOT_FOUND, read_row(fixture->side, "pairs", key, 2, &answer, &error));
    assert_int_equal(read_row(fixture->side, "pairs", key, 3, &answer, &error), ERR_NOT_FOUND);
    assert_text_contains(error.text, "a/b");
    assert_int_equal(read_row(fixture->side, "thingz", key, 1, &answer, &error), ERR_NOT_FOUND);
    assert_text_contains(error.text, "did you mean \"things\"? GET /read lists all");
    assert_int_equal(read_row(fixture->side, "zzzzzzzzzzzz", key, 1, &answer, &error),
                     ERR_NOT_FOUND);
}

static void the_etag_changes_when_the_row_does_and_only_then(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer before = {0};
    AUTO(read_answer) struct read_answer after = {0};
    AUTO(model_store) struct model_store *store = read_fixture_generation(fixture, 1);
    int64_t position = 0;
    read_fixture_commit(store, 1, content);
    read_fixture_serve(fixture, 1);
    (void)read_fixture_row(fixture, "things", "a", &before);
    assert_int_equal(strlen(before.etag), 18);
    assert_true(before.etag[0] == '"' && before.etag[17] == '"');
    read_fixture_commit(store, 2, "UPDATE things SET number = 9 WHERE id = 'b'");
    assert_ok(read_side_position(fixture->side, fixture->model, &position, &error));
    assert_int_equal(position, 2);
    (void)read_fixture_row(fixture, "things", "a", &after);
    assert_int_equal(after.position, 2);
    assert_string_equal(before.etag, after.etag);
    read_fixture_commit(store, 3, "UPDATE things SET number = 9 WHERE id = 'a'");
    assert_ok(read_side_position(fixture->side, fixture->model, &position, &error));
    (void)read_fixture_row(fixture, "things", "a", &after);
    assert_string_not_equal(before.etag, after.etag);
}

static void a_model_without_a_file_is_not_ready_and_at_position_0(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    struct error error = {0};
    struct slice key = slice_of("a");
    int64_t position = -1;
    assert_int_equal(read_row(fixture->side, "things", &key, 1, &answer, &error), ERR_NOT_READY);
    assert_text_contains(error.text, "annal projector things");
    assert_ok(read_side_position(fixture->side, fixture->model, &position, &error));
    assert_int_equal(position, 0);
    read_fixture_build(fixture, content);
    (void)read_fixture_row(fixture, "things", "a", &answer);
    assert_ok(read_side_position(fixture->side, fixture->model, &position, &error));
    assert_int_equal(position, 1);
}

static void an_error_has_the_model_that_it_is_about(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    struct slice key[] = {slice_of("1"), slice_of("z")};
    struct read_parameter wrong = {slice_of("nmae"), slice_of("1")};
    assert_err(ERR_NOT_READY, read_row(fixture->side, "pairs", key, 2, &answer, &error));
    assert_ptr_equal(answer.model, fixture->model);
    assert_int_equal(answer.position, 0);
    assert_err(ERR_NOT_FOUND, read_row(fixture->side, "pears", key, 2, &answer, &error));
    assert_null(answer.model);
    read_fixture_build(fixture, content);
    assert_err(ERR_NOT_FOUND, read_row(fixture->side, "pairs", key, 2, &answer, &error));
    assert_ptr_equal(answer.model, fixture->model);
    assert_err(ERR_INVALID_PARAMETER,
               read_query(fixture->side, "things_named", &wrong, 1, &answer, &error));
    assert_ptr_equal(answer.model, fixture->model);
    assert_err(ERR_NOT_FOUND, read_query(fixture->side, "things_nmed", NULL, 0, &answer, &error));
    assert_null(answer.model);
    assert_int_equal(answer.position, 0);
}

static void a_file_whose_tables_differ_from_its_definition_is_reported(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    struct error error = {0};
    struct slice key = slice_of("a");
    read_fixture_build(fixture, "ALTER TABLE things RENAME COLUMN name TO title");
    assert_int_equal(read_row(fixture->side, "things", &key, 1, &answer, &error), ERR_CORRUPT);
    assert_text_contains(error.text, "annal rebuild things");
}

#define TEST(claim)                                                                                \
    cmocka_unit_test_setup_teardown(claim, read_fixture_setup, read_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_position_metric_of_a_model_is_set_without_any_read),
        TEST(a_row_is_found_by_its_key_and_is_json),
        TEST(a_key_of_two_columns_is_given_in_key_order),
        TEST(a_missing_row_is_not_found),
        TEST(the_etag_changes_when_the_row_does_and_only_then),
        TEST(a_model_without_a_file_is_not_ready_and_at_position_0),
        TEST(an_error_has_the_model_that_it_is_about),
        TEST(a_file_whose_tables_differ_from_its_definition_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
