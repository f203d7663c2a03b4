/* What a person asks of sagas: wrong input is told and changes nothing; each is answered for what
 * they asked and nobody else. */
#include "tests/support/annal_process.h"

#include <stdio.h>
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

static bool there_is(const char *file)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", data, file);
    return access(path.at, F_OK) == 0;
}

static void is_refused(const char *const *words, const char *part)
{
    AUTO(text) struct text errors = {0};
    assert_int_not_equal(annal_run(data, words, NULL, &errors), 0);
    assert_text_contains(errors.at, part);
}

static void without_a_store_a_wish_makes_none(void **state)
{
    (void)state;
    is_refused((const char *[]){"sagas", "resume", "O-1", NULL}, "sagas.db: no saga has run yet");
    is_refused((const char *[]){"sagas", "abandon", "O-1", "why", NULL}, "no saga has run yet");
    assert_false(there_is("sagas.db"));
    assert_false(there_is("sagas.db.lock"));
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CLAIM(without_a_store_a_wish_makes_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
