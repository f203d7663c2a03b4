#include "tests/support/claims.h"

#include "base/json.h"
#include "base/utf8.h"
#include "http/problem.h"

static void context_is_put_in_front(void **state)
{
    (void)state;
    struct error error;
    enum err err = error_set(&error, ERR_REFUSED, "loan %s is lent", "L-1");
    err = error_add_context(&error, err, "lend");
    assert_int_equal(err, ERR_REFUSED);
    assert_string_equal(error.text, "lend: loan L-1 is lent");
}

static void long_texts_are_cut_at_a_character(void **state)
{
    (void)state;
    struct error error;
    AUTO(text) struct text text = {0};
    text_add(&text, "x");
    for (int i = 0; i < 2000; i++)
        text_add(&text, "é");
    (void)error_set(&error, ERR_IO, "%s", text.at);
    assert_true(strlen(error.text) >= ERROR_TEXT_BYTES - 3);
    assert_true(utf8_is_valid(slice_of(error.text)));
    (void)error_add_context(&error, ERR_IO, "read");
    assert_true(utf8_is_valid(slice_of(error.text)));
}

static void an_error_text_is_always_utf8(void **state)
{
    (void)state;
    struct error error;
    (void)error_set(&error, ERR_UNSUPPORTED_MEDIA, "a/\xff and \xc3\xa9, %.1s", "\xc3\xa9");
    assert_string_equal(error.text, "a/? and \xc3\xa9, ?");
}

static void the_class_follows_from_the_code(void **state)
{
    (void)state;
    assert_int_equal(error_class(ERR_REFUSED), ERROR_CLASS_ANSWER);
    assert_int_equal(error_class(ERR_BROKER), ERROR_CLASS_RETRY);
    assert_int_equal(error_class(ERR_CORRUPT), ERROR_CLASS_STOP);
    assert_int_equal(error_http_status(ERR_WRONG_VERSION), 412);
}

static void a_problem_is_json_with_its_faults(void **state)
{
    (void)state;
    struct error error;
    (void)error_set(&error, ERR_INVALID_BODY, "a \"quoted\" thing");
    struct problem_fault fault = {"/items/0", "must be a number"};
    AUTO(text) struct text text = {0};
    problem_write(&(struct problem){.error = &error,
                                    .trace_id = "abc",
                                    .faults = &fault,
                                    .fault_count = 1,
                                    .current_version = -1},
                  &text);
    AUTO(json) json_t *json = NULL;
    assert_ok(json_read(text_slice(&text), &json, &error));
    assert_string_equal(json_string_or(json, "type", ""), "/problems/invalid-body");
    assert_int_equal(json_int_or(json, "status", 0), 422);
    assert_string_equal(json_string_or(json, "traceId", ""), "abc");
    const json_t *first = json_array_get(json_object_get(json, "errors"), 0);
    assert_string_equal(json_string_or(first, "pointer", ""), "/items/0");
}

static void problems_name_files_only_to_operators(void **state)
{
    (void)state;
    static const enum err codes[] = {ERR_CORRUPT, ERR_IO, ERR_DISK_FULL, ERR_BUSY};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct error error;
        AUTO(text) struct text text = {0};
        AUTO(text) struct text operators = {0};
        (void)error_set(&error, codes[i], "/secret/path is damaged");
        problem_write(&(struct problem){.error = &error, .current_version = -1}, &text);
        assert_null(strstr(text.at, "secret"));
        problem_write(
            &(struct problem){.error = &error, .text_is_public = true, .current_version = -1},
            &operators);
        assert_text_contains(operators.at, "/secret/path is damaged");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(context_is_put_in_front),
        cmocka_unit_test(long_texts_are_cut_at_a_character),
        cmocka_unit_test(an_error_text_is_always_utf8),
        cmocka_unit_test(the_class_follows_from_the_code),
        cmocka_unit_test(a_problem_is_json_with_its_faults),
        cmocka_unit_test(problems_name_files_only_to_operators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
