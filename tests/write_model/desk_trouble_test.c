/* However long it lasts, a trouble is told when it begins, when it changes and when it is over. */
#include "tests/support/claims.h"

#include "write_model/desk_trouble.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void meet(struct desk_trouble *trouble, enum err code, int times)
{
    struct error error = {0};
    error_set(&error, code, "what happened");
    for (int i = 0; i < times; i++)
        desk_trouble_meet(trouble, &error);
}

/* What `tell` writes to standard error. The caller frees. */
static char *said(void (*tell)(struct desk_trouble *trouble))
{
    struct desk_trouble trouble = {0};
    const char *directory = test_directory_make();
    char path[256];
    snprintf(path, sizeof path, "%s/said", directory);
    int file = open(path, O_WRONLY | O_CREAT, 0600), kept = dup(STDERR_FILENO);
    assert_true(file >= 0 && kept >= 0);
    dup2(file, STDERR_FILENO);
    tell(&trouble);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(file);
    char *text = test_file_read(path);
    test_directory_remove(directory);
    return text;
}

static int lines(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void last_long(struct desk_trouble *trouble)
{
    meet(trouble, ERR_DISK_FULL, 1000);
}

static void change_and_end(struct desk_trouble *trouble)
{
    meet(trouble, ERR_DISK_FULL, 3);
    meet(trouble, ERR_IO, 2);
    desk_trouble_end(trouble);
    desk_trouble_end(trouble);
}

static void a_trouble_that_lasts_is_told_once(void **state)
{
    (void)state;
    char *text = said(last_long);
    assert_text_contains(text, "commands are not stored: what happened");
    assert_int_equal(lines(text), 1);
    free(text);
}

static void another_trouble_and_its_end_are_told(void **state)
{
    (void)state;
    char *text = said(change_and_end);
    assert_text_contains(text, "after 5 transactions that were not");
    assert_int_equal(lines(text), 3);
    free(text);
}

static void a_trouble_is_there_until_a_batch_is_stored(void **state)
{
    (void)state;
    struct desk_trouble trouble = {0};
    assert_int_equal(desk_trouble_now(&trouble), OK);
    meet(&trouble, ERR_IO, 1);
    assert_int_equal(desk_trouble_now(&trouble), ERR_IO);
    desk_trouble_end(&trouble);
    assert_int_equal(desk_trouble_now(&trouble), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trouble_that_lasts_is_told_once),
        cmocka_unit_test(another_trouble_and_its_end_are_told),
        cmocka_unit_test(a_trouble_is_there_until_a_batch_is_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
