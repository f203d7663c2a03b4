/* The files of a model and the link to the one that is served. */
#include "read_model/store/generation.h"
#include "tests/support/claims.h"

#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
    *state = (void *)test_directory_make();
    assert_ok(generation_make_directory(*state, &error));
    assert_ok(generation_make_directory(*state, &error)); /* again does no harm */
    return 0;
}

static int teardown(void **state)
{
    test_directory_remove(*state);
    return 0;
}

static void touch(const char *directory, const char *name)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/read/%s", directory, name);
    test_file_write(path.at, name);
}

static bool is_there(const char *directory, const char *name)
{
    AUTO(text) struct text path = {0};
    struct stat status;
    text_printf(&path, "%s/read/%s", directory, name);
    return lstat(path.at, &status) == 0;
}

static void assert_generations(const char *directory, int64_t current, int64_t newest)
{
    struct generations found = {-1, -1, -1};
    assert_ok(generation_list(directory, "m", &found, &error));
    assert_int_equal(found.current, current);
    assert_int_equal(found.newest, newest);
}

static void paths_are_the_documented_ones(void **state)
{
    (void)state;
    AUTO(text) struct text link = {0}, file = {0};
    generation_path("/d", "m", 0, &link);
    generation_path("/d", "m", 12, &file);
    assert_string_equal(link.at, "/d/read/m.db");
    assert_string_equal(file.at, "/d/read/m.12.db");
}

static void the_newest_generation_is_found_among_other_files(void **state)
{
    const char *directory = *state;
    static const char *const others[] = {"m.2.db-wal", "m.db.lock",  "m.03.db",
                                         "m.-4.db",    "mm.9.db",    "m.x.db",
                                         "m..db",      "m.8.db.old", "m.99999999999999999999.db"};
    assert_generations(directory, 0, 0);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        touch(directory, others[i]);
    assert_generations(directory, 0, 0);
    touch(directory, "m.2.db");
    touch(directory, "m.10.db");
    touch(directory, "m.9.db");
    assert_generations(directory, 0, 10);
    struct generations found;
    assert_ok(generation_list(directory, "m", &found, &error));
    assert_int_equal(found.oldest, 2);
}

static void a_missing_directory_has_no_generations(void **state)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/none", (const char *)*state);
    assert_generations(path.at, 0, 0);
}

static void the_link_moves_from_one_generation_to_the_next(void **state)
{
    const char *directory = *state;
    AUTO(text) struct text link = {0};
    generation_path(directory, "m", 0, &link);
    touch(directory, "m.7.db");
    touch(directory, "m.8.db");
    assert_ok(generation_link(directory, "m", 7, &error));
    assert_generations(directory, 7, 8);
    AUTO(string) char *seven = test_file_read(link.at);
    assert_string_equal(seven, "m.7.db");
    touch(directory, "m.db.new"); /* left behind by one that was killed */
    assert_ok(generation_link(directory, "m", 8, &error));
    assert_generations(directory, 8, 8);
    AUTO(string) char *eight = test_file_read(link.at);
    assert_string_equal(eight, "m.8.db");
    assert_false(is_there(directory, "m.db.new"));
}

static void a_file_instead_of_the_link_is_reported_as_damage(void **state)
{
    struct generations found;
    touch(*state, "m.db");
    assert_err(ERR_CORRUPT, generation_list(*state, "m", &found, &error));
}

static void a_link_to_an_unexpected_name_is_reported_as_damage(void **state)
{
    struct generations found;
    AUTO(text) struct text link = {0};
    generation_path(*state, "m", 0, &link);
    assert_int_equal(symlink("/etc/passwd", link.at), 0);
    assert_err(ERR_CORRUPT, generation_list(*state, "m", &found, &error));
}

static void removing_a_generation_removes_its_files_and_no_others(void **state)
{
    const char *directory = *state;
    static const char *const files[] = {"m.3.db", "m.3.db-wal", "m.3.db-shm", "m.33.db"};
    for (size_t i = 0; i < 4; i++)
        touch(directory, files[i]);
    assert_ok(generation_remove(directory, "m", 3, &error));
    for (size_t i = 0; i < 3; i++)
        assert_false(is_there(directory, files[i]));
    assert_true(is_there(directory, "m.33.db"));
    assert_ok(generation_remove(directory, "m", 3, &error)); /* again does no harm */
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(paths_are_the_documented_ones),
        CLAIM(the_newest_generation_is_found_among_other_files),
        CLAIM(a_missing_directory_has_no_generations),
        CLAIM(the_link_moves_from_one_generation_to_the_next),
        CLAIM(a_file_instead_of_the_link_is_reported_as_damage),
        CLAIM(a_link_to_an_unexpected_name_is_reported_as_damage),
        CLAIM(removing_a_generation_removes_its_files_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
