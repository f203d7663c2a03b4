/* Each single allocation of jansson fails once. A mock, because a real allocator cannot be made to fail. */
#include "base/json.h"
#include "tests/support/claims.h"

static long until_failure = -1; /* allocations that still succeed; below 0: all do */

static void *failing_malloc(size_t bytes)
{
    if (until_failure == 0)
        return NULL;
    until_failure -= until_failure > 0;
    return malloc(bytes);
}

static void a_failed_allocation_is_never_reported_as_wrong_json(void **state)
{
    (void)state;
    AUTO(text) struct text text = {0};
    text_add(&text, "{\"a\":[1,2.5,true,\"");
    for (int i = 0; i < 300; i++)
        text_add(&text, "long \\u00e9 ");
    text_add(&text, "\"],\"b\":{\"c\":{},\"d\":[[1,2,3,4,5,6,7,8,9,10]],\"e\":\"x\",\"f\":null}}");
    long failed = 0;
    for (enum err err = ERR_NO_MEMORY; err; failed++) {
        json_t *json = NULL;
        struct error error = {0};
        until_failure = failed;
        err = json_read(text_slice(&text), &json, &error);
        until_failure = -1;
        json_decref(json);
        if (err && err != ERR_NO_MEMORY)
            fail_msg("allocation %ld: %s", failed, error.text);
        if (err)
            assert_text_contains(error.text, "no memory is left");
    }
    assert_in_range(failed, 20, 1000);
    assert_int_equal(error_http_status(ERR_NO_MEMORY), 503);
}

static void a_failed_allocation_is_not_a_fault_of_stored_json(void **state)
{
    (void)state;
    json_t *json = NULL;
    until_failure = 0;
    assert_err(ERR_NO_MEMORY, json_read_stored(slice_of("{}"), ERR_CORRUPT, &json, &error));
    until_failure = -1;
    assert_err(ERR_CORRUPT, json_read_stored(slice_of("{]"), ERR_CORRUPT, &json, &error));
    assert_ok(json_read_stored(slice_of("{}"), ERR_CORRUPT, &json, &error));
    json_decref(json);
}

static void allocations_are_watched_before_the_first_document_is_read(void **state)
{
    (void)state;
    json_malloc_t allocate;
    json_free_t release;
    json_get_alloc_funcs(&allocate, &release);
    assert_true(allocate != failing_malloc);
}

/* Runs before the constructor of base/json.c, which then uses this allocator. */
__attribute__((constructor(101))) static void replace_malloc(void)
{
    json_set_alloc_funcs(failing_malloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_allocation_is_not_a_fault_of_stored_json),
        cmocka_unit_test(allocations_are_watched_before_the_first_document_is_read),
        cmocka_unit_test(a_failed_allocation_is_never_reported_as_wrong_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
