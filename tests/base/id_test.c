/* Ids that annal makes, and ids that clients send. */
#include "tests/support/claims.h"

#include "base/id.h"

#include <sys/wait.h>
#include <unistd.h>

static void each_uuid_is_valid_and_new(void **state)
{
    (void)state;
    static char ids[600][ID_UUID_BYTES]; /* more than a page of random bytes makes */
    for (int i = 0; i < 600; i++) {
        id_make(ids[i]);
        assert_int_equal(strlen(ids[i]), 36);
        assert_int_equal(strspn(ids[i], "0123456789abcdef-"), 36);
        assert_true(ids[i][8] == '-' && ids[i][13] == '-' && ids[i][18] == '-' &&
                    ids[i][23] == '-');
        assert_int_equal(ids[i][14], '4');
        assert_non_null(strchr("89ab", ids[i][19]));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(ids[i], ids[j]);
    }
}

static void a_forked_child_makes_other_uuids_than_its_parent(void **state)
{
    (void)state;
    char mine[ID_UUID_BYTES], theirs[ID_UUID_BYTES];
    int ends[2];
    id_make(mine);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        id_make(theirs);
        _exit(write(ends[1], theirs, sizeof theirs) == sizeof theirs ? 0 : 1);
    }
    assert_int_equal(read(ends[0], theirs, sizeof theirs), sizeof theirs);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ends[0]);
    close(ends[1]);
    id_make(mine);
    assert_string_not_equal(mine, theirs);
}

static void an_id_has_at_most_128_unreserved_characters(void **state)
{
    (void)state;
    char longest[130];
    memset(longest, 'x', sizeof longest);
    assert_true(id_is_valid(slice_of("L-2025.a_b~9")));
    assert_true(id_is_valid((struct slice){longest, 128}));
    assert_false(id_is_valid((struct slice){longest, 129}));
    static const char *const wrong[] = {"", "a/b", "a b", "a%", "\xc3\xa9", "a:b", "a\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(id_is_valid(slice_of(wrong[i])));
}

static void an_id_that_needs_escaping_in_a_header_is_rejected(void **state)
{
    (void)state;
    char longest[130];
    memset(longest, 'x', sizeof longest);
    assert_true(id_can_travel(slice_of("a/b:c%~!")));
    assert_true(id_can_travel((struct slice){longest, 128}));
    assert_false(id_can_travel((struct slice){longest, 129}));
    static const char *const wrong[] = {"", "a b", "a\"", "a\\", "\xc3\xa9", "a\x7f", "a\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(id_can_travel(slice_of(wrong[i])));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(each_uuid_is_valid_and_new),
        cmocka_unit_test(a_forked_child_makes_other_uuids_than_its_parent),
        cmocka_unit_test(an_id_has_at_most_128_unreserved_characters),
        cmocka_unit_test(an_id_that_needs_escaping_in_a_header_is_rejected),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
