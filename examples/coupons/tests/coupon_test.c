/* A coupon's decisions on each command. */
#include "coupon/coupon.h"
#include "domain.h"
#include "tests/support/given_when_then.h"

#define ISSUED                                                                                     \
    {                                                                                              \
        "coupon.issued.v1", "{'percent':20}"                                                       \
    }
#define REDEEMED                                                                                   \
    {                                                                                              \
        "coupon.redeemed.v1", "{'orderId':'ORD-1','percent':20}"                                   \
    }

static void a_coupon_is_issued_once(void **state)
{
    (void)state;
    given_nothing();
    when("issue", "{'percent':20}");
    then(ISSUED);
    when("issue", "{'percent':20}");
    then_nothing();
    when("issue", "{'percent':30}");
    then_refused("already issued, with 20 percent");
}

static void a_coupon_is_redeemed_once(void **state)
{
    (void)state;
    given(ISSUED);
    when("redeem", "{'orderId':'ORD-1'}");
    then(REDEEMED);
    when("redeem", "{'orderId':'ORD-1'}");
    then_nothing();
    when("redeem", "{'orderId':'ORD-2'}");
    then_refused("already redeemed, for order ORD-1");
}

static void a_coupon_that_is_not_there_cannot_be_redeemed(void **state)
{
    (void)state;
    given_nothing();
    when("redeem", "{'orderId':'ORD-1'}");
    then_refused("unknown coupon SAVE20");
}

static int begin(void **state)
{
    (void)state;
    scenarios_check_by(&coupons.schemas);
    scenarios_of(&coupon_aggregate, "SAVE20");
    return 0;
}

static int end(void **state)
{
    (void)state;
    scenarios_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_coupon_is_issued_once),
        cmocka_unit_test(a_coupon_is_redeemed_once),
        cmocka_unit_test(a_coupon_that_is_not_there_cannot_be_redeemed),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
