/* The coupon's state as the fold of its events, as JSON, and its commands. */
#include "base/json.h"
#include "coupon/coupon.h"
#include "write_model/event_data.h"

#include <stdio.h>
#include <string.h>

static void *create(void)
{
    struct coupon *coupon = calloc(1, sizeof *coupon);
    REQUIRE(coupon);
    return coupon;
}

static enum err evolve(void *state, const char *type, const json_t *data, struct error *error)
{
    struct coupon *coupon = state;
    const char *order_id = "";
    enum err err = OK;
    if (strcmp(type, "coupon.issued.v1") == 0)
        return event_data_int(data, "percent", 1, 100, &coupon->percent, error);
    if (strcmp(type, "coupon.redeemed.v1") == 0)
        err = event_data_text(data, "orderId", &order_id, error);
    if (!err && order_id[0])
        snprintf(coupon->order_id, sizeof coupon->order_id, "%s", order_id);
    return err;
}

static json_t *to_json(const void *state)
{
    const struct coupon *coupon = state;
    return json_pack("{s:I, s:s*}", "percent", (json_int_t)coupon->percent, "orderId",
                     coupon->order_id[0] ? coupon->order_id : NULL);
}

static enum err from_json(const json_t *json, void **ret_state, struct error *error)
{
    int64_t percent;
    enum err err = event_data_int(json, "percent", 0, 100, &percent, error);
    if (err)
        return err;
    struct coupon *coupon = create();
    coupon->percent = percent;
    snprintf(coupon->order_id, sizeof coupon->order_id, "%s", json_string_or(json, "orderId", ""));
    *ret_state = coupon;
    return OK;
}

static size_t size(const void *state)
{
    (void)state;
    return sizeof(struct coupon);
}

static const struct command_kind commands[] = {
    {"issue", "make a coupon", coupon_issue_decide, COMMAND_EVENTS("coupon.issued.v1")},
    {"redeem", "use it for an order", coupon_redeem_decide, COMMAND_EVENTS("coupon.redeemed.v1")},
    {0},
};

const struct aggregate coupon_aggregate = {
    .category = "coupon",
    .state_format = 1,
    .create = create,
    .destroy = free,
    .evolve = evolve,
    .to_json = to_json,
    .from_json = from_json,
    .size = size,
    .commands = commands,
};
