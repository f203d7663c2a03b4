#include "base/arena.h"
#include "tests/support/claims.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>

static void copies_stay_valid_while_the_arena_grows(void **state)
{
    AUTO(arena) struct arena arena = {0};
    struct slice copies[5000];
    char text[32];
    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "copy %d", i);
        copies[i] = arena_copy(&arena, slice_of(text));
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "copy %d", i);
        assert_string_equal(copies[i].at, text);
    }
}

static void every_allocation_is_aligned_and_separate(void **state)
{
    AUTO(arena) struct arena arena = {0};
    const char *end = NULL;
    (void)state;
    for (size_t bytes = 1; bytes < 100000; bytes = bytes * 3 + 1) {
        char *piece = arena_allocate(&arena, bytes);
        assert_int_equal((size_t)piece % alignof(max_align_t), 0);
        memset(piece, 1, bytes);
        assert_ptr_not_equal(piece, end);
        end = piece;
    }
}

/* Also chunks larger than those that arena_clear() keeps. */
static void a_cleared_arena_is_reused(void **state)
{
    AUTO(arena) struct arena arena = {0};
    (void)state;
    arena_clear(&arena);
    for (size_t bytes = 10; bytes < 10000000; bytes *= 10) {
        memset(arena_allocate(&arena, bytes), 1, bytes);
        memset(arena_allocate(&arena, 10), 1, 10);
        arena_clear(&arena);
    }
    const char *first = arena_allocate(&arena, 100);
    arena_clear(&arena);
    assert_ptr_equal(arena_allocate(&arena, 100), first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_stay_valid_while_the_arena_grows),
        cmocka_unit_test(every_allocation_is_aligned_and_separate),
        cmocka_unit_test(a_cleared_arena_is_reused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
