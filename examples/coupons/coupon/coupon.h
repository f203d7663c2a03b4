/* A coupon: issued once, redeemed at most once. */
#pragma once

#include "write_model/aggregate.h"

struct coupon {
    int64_t percent;    /* 0: not issued */
    char order_id[129]; /* "": not redeemed */
};

decide_fn coupon_issue_decide, coupon_redeem_decide;

extern const struct aggregate coupon_aggregate;
