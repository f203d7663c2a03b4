/* Confirms in every order: the confirmed run never has a hole. */
#include "bus/confirm_window.h"
#include "tests/support/claims.h"

static struct confirm_window window;

static void add(int count)
{
    for (int i = 0; i < count; i++) {
        struct event event = {.position = window.published + 1};
        event.hash[0] = (unsigned char)event.position;
        confirm_window_add(&window, &event);
    }
}

static int begin_at(void **state, int64_t position)
{
    (void)state;
    window = (struct confirm_window){.confirmed = {.position = position}};
    confirm_window_begin(&window);
    return 0;
}

static int begin_at_100(void **state)
{
    return begin_at(state, 100);
}

static void confirms_in_order_advance_it_one_by_one(void **state)
{
    (void)state;
    add(3);
    for (unsigned tag = 1; tag <= 3; tag++) {
        assert_true(confirm_window_confirm(&window, tag, false));
        assert_int_equal(window.confirmed.position, 100 + tag);
        assert_int_equal(window.confirmed.hash[0], 100 + tag);
    }
}

static void a_confirm_after_a_gap_does_not_advance_it(void **state)
{
    (void)state;
    add(5);
    assert_false(confirm_window_confirm(&window, 3, false));
    assert_false(confirm_window_confirm(&window, 2, false));
    assert_int_equal(window.confirmed.position, 100);
    assert_true(confirm_window_confirm(&window, 1, false));
    assert_int_equal(window.confirmed.position, 103);
    assert_true(confirm_window_confirm(&window, 5, true));
    assert_int_equal(window.confirmed.position, 105);
}

static void a_repeated_and_an_unknown_confirm_do_not_advance_it(void **state)
{
    (void)state;
    add(2);
    assert_true(confirm_window_confirm(&window, 1, true));
    assert_false(confirm_window_confirm(&window, 1, true));
    assert_false(confirm_window_confirm(&window, 1, false));
    assert_false(confirm_window_confirm(&window, 3, false));
    assert_false(confirm_window_confirm(&window, UINT64_MAX, true));
    assert_int_equal(window.confirmed.position, 101);
}

static void the_window_is_bounded_and_reuses_its_slots(void **state)
{
    (void)state;
    uint64_t tag = 0;
    for (int round = 0; round < 5; round++) {
        size_t room = confirm_window_room(&window);
        add((int)room);
        assert_int_equal(confirm_window_room(&window), 0);
        tag += room;
        assert_true(confirm_window_confirm(&window, tag - 300, true));
        assert_int_equal(confirm_window_room(&window), CONFIRM_WINDOW_EVENTS - 300);
        assert_false(confirm_window_confirm(&window, tag, false));
    }
}

static void a_new_connection_begins_after_the_confirmed_events(void **state)
{
    (void)state;
    add(10);
    confirm_window_confirm(&window, 4, true);
    confirm_window_confirm(&window, 7, false); /* of the old connection: forgotten */
    confirm_window_begin(&window);
    assert_int_equal(window.published, 104);
    add(6);
    assert_true(confirm_window_confirm(&window, 2, true));
    assert_int_equal(window.confirmed.position, 106);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(confirms_in_order_advance_it_one_by_one, begin_at_100),
        cmocka_unit_test_setup(a_confirm_after_a_gap_does_not_advance_it, begin_at_100),
        cmocka_unit_test_setup(a_repeated_and_an_unknown_confirm_do_not_advance_it, begin_at_100),
        cmocka_unit_test_setup(the_window_is_bounded_and_reuses_its_slots, begin_at_100),
        cmocka_unit_test_setup(a_new_connection_begins_after_the_confirmed_events, begin_at_100),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
