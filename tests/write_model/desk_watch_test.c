/* Trouble is logged when it begins, when it changes and when it ends, and not in between. */
#include "tests/support/claims.h"

#include "write_model/desk_watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void meet(struct desk_watch *watch, enum err code, int times)
{
    struct error error = {0};
    error_set(&error, code, "what happened");
    for (int i = 0; i < times; i++)
        desk_watch_not_stored(watch, &error);
}

/* What `report` writes to standard error. The caller frees. */
static char *said(void (*report)(struct desk_watch *watch))
{
    struct desk_watch watch;
    desk_watch_init(&watch);
    const char *directory = test_directory_make();
    char path[256];
    snprintf(path, sizeof path, "%s/said", directory);
    int file = open(path, O_WRONLY | O_CREAT, 0600), kept = dup(STDERR_FILENO);
    assert_true(file >= 0 && kept >= 0);
    dup2(file, STDERR_FILENO);
    report(&watch);
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

static void last_long(struct desk_watch *watch)
{
    meet(watch, ERR_DISK_FULL, 1000);
}

static void change_and_end(struct desk_watch *watch)
{
    meet(watch, ERR_DISK_FULL, 3);
    meet(watch, ERR_IO, 2);
    desk_watch_stored(watch);
    desk_watch_stored(watch);
}

static void a_lasting_trouble_is_logged_once(void **state)
{
    (void)state;
    char *text = said(last_long);
    assert_text_contains(text, "commands are not stored: what happened");
    assert_int_equal(lines(text), 1);
    free(text);
}

static void another_trouble_and_its_end_are_logged(void **state)
{
    (void)state;
    char *text = said(change_and_end);
    assert_text_contains(text, "after 5 failed transactions");
    assert_int_equal(lines(text), 3);
    free(text);
}

static void a_trouble_lasts_until_a_write_set_is_stored(void **state)
{
    (void)state;
    struct desk_watch watch;
    desk_watch_init(&watch);
    assert_int_equal(desk_watch_trouble(&watch), OK);
    meet(&watch, ERR_IO, 1);
    assert_int_equal(desk_watch_trouble(&watch), ERR_IO);
    desk_watch_stored(&watch);
    assert_int_equal(desk_watch_trouble(&watch), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lasting_trouble_is_logged_once),
        cmocka_unit_test(another_trouble_and_its_end_are_logged),
        cmocka_unit_test(a_trouble_lasts_until_a_write_set_is_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
