#include "tests/read_model/read_fixture.h"

static const char content[] =
    "INSERT INTO things VALUES ('a', 1, 1.5, 'apple', NULL), ('b', 2, 2.5, '42', NULL),"
    " ('c', 3, 7.0, 'apple', NULL), ('d', 3, NULL, '007', NULL)";

static void a_query_returns_the_rows_for_its_parameters(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, content);
    assert_string_equal(read_fixture_query(fixture, "things_named", "name=apple&most=10", &answer),
                        "{\"rows\":[{\"id\":\"a\",\"number\":1},{\"id\":\"c\",\"number\":3}]}");
    assert_int_equal(answer.position, 1);
    assert_ptr_equal(answer.model, fixture->model);
    assert_string_equal(read_fixture_query(fixture, "things_named", "most=1&name=apple", &answer),
                        "{\"rows\":[{\"id\":\"a\",\"number\":1}]}");
    assert_string_equal(read_fixture_query(fixture, "things_named", "most=1&name=none", &answer),
                        "{\"rows\":[]}");
    assert_string_equal(read_fixture_query(fixture, "things_total", "", &answer),
                        "{\"rows\":[{\"total\":9}]}");
}

static void a_number_matches_text_and_numbers(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, content);
    assert_string_equal(read_fixture_query(fixture, "things_named", "name=42&most=9", &answer),
                        "{\"rows\":[{\"id\":\"b\",\"number\":2}]}");
    assert_string_equal(read_fixture_query(fixture, "things_named", "name=007&most=9", &answer),
                        "{\"rows\":[{\"id\":\"d\",\"number\":3}]}");
    assert_string_equal(read_fixture_query(fixture, "things_named", "name=7&most=9", &answer),
                        "{\"rows\":[]}");
    assert_string_equal(read_fixture_query(fixture, "things_numbered", "number=2", &answer),
                        "{\"rows\":[{\"id\":\"b\"}]}");
    assert_string_equal(read_fixture_query(fixture, "things_numbered", "number=02", &answer),
                        "{\"rows\":[{\"id\":\"b\"}]}");
    assert_string_equal(read_fixture_query(fixture, "things_dear", "least=4.5", &answer),
                        "{\"rows\":[{\"dear\":2}]}");
}

static void an_error_about_a_parameter_lists_the_valid_ones(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, content);
    static const char *const wrong[][3] = {
        {"things_named", "name=a", "the parameter \"most\" is missing; parameters: name, most"},
        {"things_named", "", "\"name\""},
        {"things_named", "name=a&most=1&least=2", "the parameter \"least\" is unknown"},
        {"things_named", "name=a&name=b&most=1", "the parameter \"name\" occurs twice"},
        {"things_named", "name=a&most=many", "mismatch"},
        {"things_total", "name=a", "it has no parameters"},
        {"things_above", "",
         "the parameter \"least\" is missing; parameters: least, name (default it's), "
         "most (default 2)"},
        {"things_above", "least=1.5", "query things_above: least: must be a 64-bit integer"},
        {"things_above", "least=x", "\"x\" is not"},
        {"things_above", "least=", "must be a 64-bit integer"},
        {"things_above", "least=1&most=all", "most: must be a 64-bit integer"},
        {"things_above", "least=1&lest=2", "the parameter \"lest\" is unknown"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct read_parameter parameters[16];
        struct error error = {0};
        size_t count = read_fixture_parameters(wrong[i][1], parameters);
        enum err err = read_query(fixture->side, wrong[i][0], parameters, count, &answer, &error);
        if (err != ERR_INVALID_PARAMETER || error.code != err)
            fail_msg("%s?%s: %d %s", wrong[i][0], wrong[i][1], (int)err, error.text);
        assert_text_contains(error.text, wrong[i][2]);
    }
    struct error error = {0};
    assert_int_equal(read_query(fixture->side, "things_name", NULL, 0, &answer, &error),
                     ERR_NOT_FOUND);
    assert_text_contains(error.text, "things_named");
}

static void an_omitted_parameter_has_its_default(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, content);
    assert_string_equal(read_fixture_query(fixture, "things_above", "least=1", &answer),
                        "{\"rows\":[{\"id\":\"b\",\"said\":\"it's\"},"
                        "{\"id\":\"c\",\"said\":\"it's\"}]}");
    assert_int_equal(answer.rows, 2);
    /* A number given for a text stays a text. */
    assert_string_equal(
        read_fixture_query(fixture, "things_above", "least=1&most=1&name=7", &answer),
        "{\"rows\":[{\"id\":\"b\",\"said\":\"7\"}]}");
}

static void a_query_is_written_as_ndjson_and_csv_too(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {.format = READ_NDJSON};
    read_fixture_build(fixture, content);
    assert_string_equal(read_fixture_query(fixture, "things_above", "least=1&most=9", &answer),
                        "{\"id\":\"b\",\"said\":\"it's\"}\n{\"id\":\"c\",\"said\":\"it's\"}\n"
                        "{\"id\":\"d\",\"said\":\"it's\"}\n");
    answer.format = READ_CSV;
    assert_string_equal(read_fixture_query(fixture, "things_above", "least=2&name=a,b", &answer),
                        "id,said\r\nc,\"a,b\"\r\nd,\"a,b\"\r\n");
    assert_string_equal(read_fixture_query(fixture, "things_above", "least=9", &answer),
                        "id,said\r\n");
    assert_int_equal(answer.rows, 0);
}

static void an_error_of_computation_is_an_error_of_the_request(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_build(fixture, "INSERT INTO things (id, number) VALUES "
                                "('a', 9223372036854775807), ('b', 1)");
    assert_err(ERR_INVALID_PARAMETER,
               read_query(fixture->side, "things_total", NULL, 0, &answer, &error));
}

static void a_query_that_takes_too_long_is_interrupted(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_limit(fixture, 50);
    read_fixture_build(fixture, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                "WHERE i < 1000) INSERT INTO things (id, number) "
                                "SELECT i, i FROM n");
    int64_t begin = test_now_ms();
    assert_err(ERR_QUERY_TIMEOUT,
               read_query(fixture->side, "things_cubed", NULL, 0, &answer, &error));
    assert_in_range(test_now_ms() - begin, 50, 5000);
    assert_string_equal(read_fixture_query(fixture, "things_total", "", &answer),
                        "{\"rows\":[{\"total\":500500}]}");
}

static void a_result_without_bounds_is_rejected(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    read_fixture_limit(fixture, 60000);
    read_fixture_build(fixture, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                "WHERE i < 100) INSERT INTO things (id, name) "
                                "SELECT i, hex(zeroblob(1000)) FROM n");
    assert_err(ERR_RESULT_TOO_LARGE,
               read_query(fixture->side, "things_repeated", NULL, 0, &answer, &error));
}

static void a_query_of_a_model_without_a_file_is_not_ready(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    assert_err(ERR_NOT_READY, read_query(fixture->side, "things_total", NULL, 0, &answer, &error));
}

#define TEST(claim)                                                                                \
    cmocka_unit_test_setup_teardown(claim, read_fixture_setup, read_fixture_teardown)

/* The time limit is looked at between steps, so the longest step is bounded. */
static void the_memory_of_one_step_of_a_query_is_bounded(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(text) struct text pattern = {0};
    read_fixture_build(fixture, content);
    text_add(&pattern, "pattern=%");
    for (int i = 0; i < 254; i++)
        text_add(&pattern, "_");
    text_add(&pattern, "%");
    assert_string_equal(read_fixture_query(fixture, "things_like", pattern.at, &answer),
                        "{\"rows\":[]}");
    text_add(&pattern, "%");
    struct read_parameter parameters[16];
    size_t count = read_fixture_parameters(pattern.at, parameters);
    struct error error = {0};
    assert_int_equal(read_query(fixture->side, "things_like", parameters, count, &answer, &error),
                     ERR_INVALID_PARAMETER);
    assert_text_contains(error.text, "LIKE or GLOB pattern too complex");
    assert_string_equal(read_fixture_query(fixture, "things_padded", "length=1000", &answer),
                        "{\"rows\":[{\"padded\":1000000}]}");
    count = read_fixture_parameters("length=9000", parameters);
    assert_int_equal(read_query(fixture->side, "things_padded", parameters, count, &answer, &error),
                     ERR_INVALID_PARAMETER);
    assert_text_contains(error.text, "too big");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_query_returns_the_rows_for_its_parameters),
        TEST(a_number_matches_text_and_numbers),
        TEST(an_error_about_a_parameter_lists_the_valid_ones),
        TEST(the_memory_of_one_step_of_a_query_is_bounded),
        TEST(an_omitted_parameter_has_its_default),
        TEST(a_query_is_written_as_ndjson_and_csv_too),
        TEST(an_error_of_computation_is_an_error_of_the_request),
        TEST(a_query_that_takes_too_long_is_interrupted),
        TEST(a_result_without_bounds_is_rejected),
        TEST(a_query_of_a_model_without_a_file_is_not_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
