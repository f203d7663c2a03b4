/* One holder per file. */
#include "tests/support/claims.h"

#include "base/lock_file.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[256];

static int begin(void **state)
{
    *state = (void *)test_directory_make();
    snprintf(path, sizeof path, "%s/file", (const char *)*state);
    return 0;
}

static int end(void **state)
{
    test_directory_remove(*state);
    return 0;
}

static void holder_is(const char *expected)
{
    char holder[LOCK_HOLDER_BYTES];
    assert_ok(lock_file_find_holder(path, holder, &error));
    assert_string_equal(holder, expected);
}

static void describe_self(const char *who, char out[LOCK_HOLDER_BYTES])
{
    snprintf(out, LOCK_HOLDER_BYTES, "%s, pid %ld", who, (long)getpid());
}

static void a_second_handle_of_the_same_process_is_rejected_too(void **state)
{
    (void)state;
    AUTO(lock_file) struct lock_file *first = NULL, *second = NULL;
    struct error error = {0};
    char self[LOCK_HOLDER_BYTES];
    describe_self("first", self);
    assert_ok(lock_file_take(path, "first", &first, &error));
    assert_int_equal(lock_file_take(path, "second", &second, &error), ERR_LOCKED);
    assert_null(second);
    assert_text_contains(error.text, self);
    holder_is(self); /* the handle that was rejected has not released the lock */
}

static void the_holder_is_found_while_it_holds_the_lock(void **state)
{
    (void)state;
    struct lock_file *lock = NULL;
    char self[LOCK_HOLDER_BYTES];
    describe_self("first", self);
    holder_is(""); /* no lock file exists */
    assert_ok(lock_file_take(path, "first", &lock, &error));
    holder_is(self);
    holder_is(self); /* looking releases nothing */
    lock_file_release(lock);
    holder_is("");
}

static pid_t start_child(void)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    while (pid == 0)
        pause();
    return pid;
}

static void end_child(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Between fork and exec, a child has the holder's descriptors. */
static void a_release_does_not_wait_for_a_child_with_the_descriptor(void **state)
{
    (void)state;
    struct lock_file *lock = NULL;
    assert_ok(lock_file_take(path, "parent", &lock, &error));
    pid_t child = start_child();
    lock_file_release(lock);
    holder_is("");
    assert_ok(lock_file_take(path, "next", &lock, &error));
    end_child(child);
    lock_file_release(lock);
}

static void a_lock_ends_with_its_process(void **state)
{
    (void)state;
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct lock_file *lock = NULL;
        if (lock_file_take(path, "child", &lock, NULL) == OK)
            (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_err(ERR_LOCKED, lock_file_take(path, "parent", &(struct lock_file *){NULL}, &error));
    end_child(child);
    holder_is("");
    close(ready[0]);
    close(ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_handle_of_the_same_process_is_rejected_too, begin,
                                        end),
        cmocka_unit_test_setup_teardown(the_holder_is_found_while_it_holds_the_lock, begin, end),
        cmocka_unit_test_setup_teardown(a_release_does_not_wait_for_a_child_with_the_descriptor,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_lock_ends_with_its_process, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
