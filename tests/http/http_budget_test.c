/* Shares of addresses, and who is cut, without any connection. */
#include "http/http_budget.h"

#include "base/clock.h"
#include "tests/support/claims.h"

#define MOST  ((size_t)1024 * 1024)
#define SMALL ((size_t)1024)
#define KIB   1024
#define COUNT 8

static struct http_budget budget;
static struct http_holding holding[COUNT];
static uint64_t moved[COUNT];
static int cut[COUNT];

static uint64_t moved_of(const struct http_holding *each)
{
    return moved[each - holding];
}

static void cut_it(struct http_holding *each)
{
    cut[each - holding]++;
}

static int begin(void **state)
{
    (void)state;
    http_budget_init(&budget, "test", MOST, SMALL, moved_of, cut_it);
    memset(holding, 0, sizeof holding);
    memset(moved, 0, sizeof moved);
    memset(cut, 0, sizeof cut);
    for (int i = 0; i < COUNT; i++) /* 0 and 1, 2 and 3 … share an address */
        holding[i].address.bytes[0] = (unsigned char)(i / 2 + 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++)
        http_budget_release(&budget, &holding[i]);
    http_budget_finish(&budget);
    return 0;
}

static bool hold(int i, size_t kib)
{
    return http_budget_hold(&budget, &holding[i], kib * KIB);
}

static void an_address_has_at_most_as_much_as_it_leaves_for_others(void **state)
{
    (void)state;
    assert_int_equal(http_budget_limit(&budget, &holding[0]), 512 * KIB);
    assert_false(hold(0, 513));
    assert_true(hold(0, 300));
    assert_false(hold(1, 300));
    assert_true(hold(1, 212)); /* 512 of one address */
    assert_false(hold(1, 213));
    assert_true(hold(2, 341) && !hold(2, 342)); /* a third */
    assert_true(hold(2, 256) && hold(4, 128));  /* there is always something for one more */
    assert_true(hold(6, 64));
    assert_true(hold(0, 100));
    assert_true(hold(2, 200) && !hold(2, 400));
    assert_int_equal(holding[2].bytes, 200 * KIB);
    assert_int_equal(cut[0] + cut[1] + cut[2] + cut[4], 0);
}

static void keep_moving(void)
{
    for (int i = 0; i < COUNT; i++)
        moved[i] += 20 * KIB;
    http_budget_look(&budget, clock_monotonic_ms());
}

static void an_address_gets_its_share_from_those_above_theirs(void **state)
{
    (void)state;
    assert_true(hold(0, 300) && hold(1, 212) && hold(2, 341) && hold(4, 171)); /* all of it */
    keep_moving();
    assert_true(hold(6, 204)); /* a fifth */
    assert_int_equal(cut[0], 1);
    assert_int_equal(cut[1] + cut[2] + cut[4], 0);
    assert_true(hold(3, 0) && !hold(7, 205)); /* no more: it moves, and so do all others */
    assert_int_equal(cut[0] + cut[1] + cut[2] + cut[4] + cut[6], 1);
}

static void no_connection_is_cut_in_vain(void **state)
{
    (void)state;
    assert_true(hold(0, 400) && hold(1, 100));
    assert_true(http_budget_fix(&budget, &holding[0]));
    assert_true(hold(2, 340) && hold(4, 180));
    assert_false(hold(6, 205)); /* the 100 would not be enough */
    assert_int_equal(cut[1] + cut[2] + cut[4], 0);
    assert_int_equal(holding[1].bytes, 100 * KIB);
    assert_true(hold(6, 90));
    assert_int_equal(cut[1], 1);
}

static void a_site_of_ipv6_has_one_share_however_many_networks_ask(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) { /* networks of one site */
        memset(holding[i].address.bytes, 0x20, 6);
        holding[i].address.bytes[7] = (unsigned char)i;
    }
    assert_true(hold(0, 300) && hold(1, 212));
    keep_moving();
    assert_false(hold(2, 400));
    assert_true(hold(2, 170)); /* of the site's half, the part of a third network */
    assert_int_equal(cut[0], 1);
    assert_int_equal(cut[1], 0);
    assert_true(hold(6, 341));
}

static void small_holdings_are_not_counted(void **state)
{
    (void)state;
    assert_true(hold(0, 512));
    assert_false(hold(1, 2));
    assert_true(hold(1, 1));
    assert_true(hold(0, 1));
    assert_true(hold(1, 512));
    assert_int_equal(budget.shares.bytes, 512 * KIB);
}

static void the_largest_stalled_holding_is_cut_for_another(void **state)
{
    (void)state;
    assert_true(hold(0, 100) && hold(1, 400) && hold(2, 200));
    assert_false(hold(3, 150));                           /* beyond its share */
    for (bool held = false; !held; held = hold(3, 150)) { /* of the other address, which moves */
        moved[2] += 20 * KIB;
        http_budget_look(&budget, clock_monotonic_ms());
        test_pause_ms(50);
    }
    assert_int_equal(cut[1], 1);
    assert_int_equal(cut[0] + cut[2] + cut[3], 0);
    assert_int_equal(holding[1].bytes, 0);
    assert_false(hold(1, 100)); /* until it begins anew */
    assert_false(http_budget_fix(&budget, &holding[1]));
    http_budget_release(&budget, &holding[1]);
    assert_true(hold(1, 100));
}

static void a_fixed_holding_is_not_cut(void **state)
{
    (void)state;
    assert_true(hold(0, 512));
    assert_true(http_budget_fix(&budget, &holding[0]));
    assert_true(http_budget_hold_anyway(&budget, &holding[1], 600 * KIB));
    assert_int_equal(cut[0], 0);
}

static void memory_that_must_be_held_cuts_others_at_once(void **state)
{
    (void)state;
    assert_true(hold(0, 100) && hold(1, 300) && hold(2, 200));
    assert_true(http_budget_hold_anyway(&budget, &holding[4], 600 * KIB));
    assert_int_equal(cut[0] + cut[1], 1);
    assert_int_equal(cut[2], 0);
    assert_true(budget.shares.bytes <= MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_address_has_at_most_as_much_as_it_leaves_for_others,
                                        begin, end),
        cmocka_unit_test_setup_teardown(an_address_gets_its_share_from_those_above_theirs, begin,
                                        end),
        cmocka_unit_test_setup_teardown(no_connection_is_cut_in_vain, begin, end),
        cmocka_unit_test_setup_teardown(a_site_of_ipv6_has_one_share_however_many_networks_ask,
                                        begin, end),
        cmocka_unit_test_setup_teardown(small_holdings_are_not_counted, begin, end),
        cmocka_unit_test_setup_teardown(the_largest_stalled_holding_is_cut_for_another, begin, end),
        cmocka_unit_test_setup_teardown(a_fixed_holding_is_not_cut, begin, end),
        cmocka_unit_test_setup_teardown(memory_that_must_be_held_cuts_others_at_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
