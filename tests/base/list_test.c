#include "base/list.h"

#include "base/text.h"
#include "tests/support/claims.h"

struct item {
    char letter;
    struct item *next, *previous;
};

struct items {
    struct item *first, *last;
};

/* The list is `letters`, read in both directions. */
static void assert_letters(const struct items *items, const char *letters)
{
    AUTO(text) struct text forward = {0};
    size_t count = strlen(letters);
    text_add(&forward, "");
    for (const struct item *each = items->first; each; each = each->next)
        text_add_char(&forward, each->letter);
    assert_string_equal(forward.at, letters);
    for (const struct item *each = items->last; each; each = each->previous)
        assert_int_equal(each->letter, letters[--count]);
    assert_int_equal(count, 0);
}

static void items_stay_in_the_order_in_which_they_are_inserted(void **state)
{
    (void)state;
    struct item a = {.letter = 'a'}, b = {.letter = 'b'}, c = {.letter = 'c'}, d = {.letter = 'd'};
    struct items items = {0};
    assert_letters(&items, "");
    LIST_APPEND(&items, &b);
    LIST_APPEND(&items, &d);
    assert_letters(&items, "bd");
    LIST_PREPEND(&items, &a);
    assert_letters(&items, "abd");
    LIST_INSERT(&items, &c, &d);
    assert_letters(&items, "abcd");
}

static void an_item_can_be_removed_from_any_place(void **state)
{
    (void)state;
    struct item a = {.letter = 'a'}, b = {.letter = 'b'}, c = {.letter = 'c'};
    struct items items = {0};
    LIST_APPEND(&items, &a);
    LIST_APPEND(&items, &b);
    LIST_APPEND(&items, &c);
    LIST_REMOVE(&items, &b);
    assert_letters(&items, "ac");
    LIST_REMOVE(&items, &c);
    assert_letters(&items, "a");
    LIST_REMOVE(&items, &a);
    assert_letters(&items, "");
    LIST_PREPEND(&items, &c);
    LIST_PREPEND(&items, &b);
    assert_letters(&items, "bc");
    LIST_REMOVE(&items, &b);
    assert_letters(&items, "c");
}

static void a_list_is_appended_to_another_as_a_whole(void **state)
{
    (void)state;
    struct item a = {.letter = 'a'}, b = {.letter = 'b'}, c = {.letter = 'c'}, d = {.letter = 'd'};
    struct items items = {0}, more = {0}, none = {0};
    LIST_APPEND_ALL(&items, &none);
    assert_letters(&items, "");
    LIST_APPEND(&more, &a);
    LIST_APPEND(&more, &b);
    LIST_APPEND_ALL(&items, &more);
    assert_letters(&items, "ab");
    assert_letters(&more, "");
    LIST_APPEND(&more, &c);
    LIST_APPEND(&more, &d);
    LIST_APPEND_ALL(&items, &more);
    assert_letters(&items, "abcd");
    LIST_APPEND_ALL(&items, &none);
    assert_letters(&items, "abcd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_stay_in_the_order_in_which_they_are_inserted),
        cmocka_unit_test(an_item_can_be_removed_from_any_place),
        cmocka_unit_test(a_list_is_appended_to_another_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
