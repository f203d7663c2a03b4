/* Small files and their directories. */
#include "tests/support/claims.h"

#include "base/file.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_directory(void **state)
{
    *state = (void *)test_directory_make();
    return 0;
}

static int remove_directory(void **state)
{
    test_directory_remove(*state);
    return 0;
}

static void put(const char *directory, const char *name, const char *content)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", directory, name);
    test_file_write(path.at, content);
}

static enum err read_named(const char *directory, const char *name, size_t most, struct text *out)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", directory, name);
    struct error error = {0};
    enum err err = file_read(path.at, most, out, &error);
    if (err)
        assert_text_contains(error.text, path.at);
    return err;
}

static void a_file_is_read_up_to_the_limit(void **state)
{
    put(*state, "five", "12345");
    AUTO(text) struct text text = {0};
    assert_int_equal(read_named(*state, "five", 5, &text), OK);
    assert_string_equal(text.at, "12345");
    text_clear(&text);
    assert_int_equal(read_named(*state, "five", 4, &text), ERR_TOO_LARGE);
}

static void an_unreadable_file_is_named(void **state)
{
    AUTO(text) struct text text = {0}, path = {0};
    assert_int_equal(read_named(*state, "none", 5, &text), ERR_NOT_FOUND);
    assert_int_equal(read_named(*state, ".", 5, &text), ERR_IO);
    text_printf(&path, "%s/pipe", (const char *)*state);
    assert_int_equal(mkfifo(path.at, 0600), 0);
    assert_int_equal(read_named(*state, "pipe", 5, &text),
                     ERR_IO); /* without waiting for a writer */
}

static enum err list(void *context, const char *path, const char *name, struct error *error)
{
    assert_text_contains(path, name);
    text_add(context, name);
    text_add_char(context, ' ');
    return strcmp(name, "stop.sql") == 0 ? error_set(error, ERR_FAILED, "stop") : OK;
}

static void files_are_visited_in_the_order_of_their_names(void **state)
{
    put(*state, "b.sql", "");
    put(*state, "a.sql", "");
    put(*state, ".c.sql", "");
    put(*state, "d.txt", "");
    put(*state, ".sql", "");
    AUTO(text) struct text names = {0};
    assert_ok(file_each(*state, ".sql", list, &names, &error));
    assert_string_equal(names.at, "a.sql b.sql ");
}

static void a_failed_visit_is_the_last(void **state)
{
    put(*state, "stop.sql", "");
    put(*state, "then.sql", "");
    AUTO(text) struct text names = {0};
    assert_err(ERR_FAILED, file_each(*state, ".sql", list, &names, &error));
    assert_string_equal(names.at, "stop.sql ");
    assert_err(ERR_NOT_FOUND, file_each("/nowhere/at/all", ".sql", list, &names, &error));
}

static void a_replaced_or_removed_file_is_noticed_by_its_identity(void **state)
{
    AUTO(text) struct text path = {0}, other = {0}, below = {0};
    struct file_identity identity;
    text_printf(&path, "%s/a", (const char *)*state);
    text_printf(&other, "%s/b", (const char *)*state);
    text_printf(&below, "%s/a/c", (const char *)*state);
    put(*state, "a", "1");
    put(*state, "b", "1");
    assert_ok(file_identify(path.at, &identity, &error));
    assert_ok(file_check_identity(path.at, &identity, &error));
    assert_err(ERR_REPLACED, file_check_identity(below.at, &identity, &error)); /* ENOTDIR */
    assert_int_equal(rename(other.at, path.at), 0);
    assert_err(ERR_REPLACED, file_check_identity(path.at, &identity, &error));
    assert_int_equal(remove(path.at), 0);
    assert_err(ERR_REPLACED, file_check_identity(path.at, &identity, &error));
    assert_err(ERR_NOT_FOUND, file_identify(path.at, &identity, &error));
    assert_int_equal(symlink("loop", path.at), 0);
    text_clear(&other);
    text_printf(&other, "%s/loop", (const char *)*state);
    assert_int_equal(symlink("loop", other.at), 0);
    assert_err(ERR_IO, file_check_identity(path.at, &identity, &error)); /* ELOOP: not known */
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_file_is_read_up_to_the_limit),
        CLAIM(an_unreadable_file_is_named),
        CLAIM(a_replaced_or_removed_file_is_noticed_by_its_identity),
        CLAIM(files_are_visited_in_the_order_of_their_names),
        CLAIM(a_failed_visit_is_the_last),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
