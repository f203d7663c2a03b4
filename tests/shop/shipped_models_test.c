/* The columns of the shipped models after events of orders and stock. */
#include "shop/shop.h"
#include "tests/read_model/model_fixture.h"
#include "tests/support/claims.h"

#define CREATED                                                                                    \
    "{\"customerId\":\"C-1\",\"currency\":\"EUR\",\"orderedAt\":\"2026-11-01T22:30:00.000000Z\"}"
#define LINE_1 "{\"line\":1,\"productId\":\"P-7\",\"quantity\":3,\"unitPrice\":1250}"
#define LINE_2 "{\"line\":2,\"productId\":\"P-8\",\"quantity\":1,\"unitPrice\":5}"
#define PLACED(customer, at, items, total)                                                         \
    "{\"customerId\":\"" customer "\",\"currency\":\"EUR\",\"orderedAt\":\"" at                    \
    "\",\"items\":[" items "],\"total\":" total "}"
#define CANCELLED(customer, at, items, total, placed)                                              \
    "{\"reason\":\"too late\",\"wasPlaced\":" placed ",\"customerId\":\"" customer                 \
    "\",\"currency\":\"EUR\",\"orderedAt\":\"" at "\",\"items\":[" items "],\"total\":" total      \
    ",\"paid\":false}"
#define DAY_1 "2026-11-01T22:30:00.000000Z"
#define DAY_2 "2026-11-02T00:00:00.000000Z"

static int over_the_shop(void **state)
{
    return model_fixture_setup_domain(state, &shop);
}

static void feed(struct model_fixture *fixture, const char *stream, int64_t version,
                 const char *type, const char *data)
{
    assert_ok(model_fixture_apply(fixture, stream, version, type, data, &error));
}

static void begin_order(struct model_fixture *fixture)
{
    feed(fixture, "order/O-1", 1, "order.created.v1", CREATED);
    feed(fixture, "order/O-1", 2, "order.item.added.v1", LINE_1);
    feed(fixture, "order/O-1", 3, "order.item.added.v1", LINE_2);
}

static const char *summary(struct model_fixture *fixture)
{
    return model_fixture_rows(
        fixture, "SELECT order_id, customer_id, status, item_count, total, currency, version, "
                 "created_at, updated_at FROM order_summary");
}

static void order_summary_adds_up_the_lines(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open_own(fixture, "order_summary");
    begin_order(fixture);
    assert_string_equal(summary(fixture),
                        "O-1|C-1|created|2|3755|EUR|3|2026-11-23T10:00:00.000000Z|"
                        "2026-11-23T10:00:02.000000Z\n");
    feed(fixture, "order/O-1", 4, "order.item.removed.v1", LINE_1);
    assert_string_equal(summary(fixture), "O-1|C-1|created|1|5|EUR|4|2026-11-23T10:00:00.000000Z|"
                                          "2026-11-23T10:00:03.000000Z\n");
}

static void order_summary_follows_every_status(void **state)
{
    struct model_fixture *fixture = *state;
    static const struct {
        const char *type, *data, *status;
    } steps[] = {
        {"order.placed.v1", PLACED("C-1", DAY_1, LINE_1 "," LINE_2, "3755"), "placed|4\n"},
        {"order.payment.received.v1", "{\"amount\":3755,\"currency\":\"EUR\"}", "paid|5\n"},
        {"order.confirmed.v1", "{\"customerId\":\"C-1\"}", "confirmed|6\n"},
        {"order.shipped.v1", "{\"carrier\":\"UPS\",\"items\":[]}", "shipped|7\n"},
        {"order.delivered.v1", "{\"customerId\":\"C-1\"}", "delivered|8\n"},
        {"order.cancelled.v1", CANCELLED("C-1", DAY_1, LINE_1, "3755", "true"), "cancelled|9\n"},
    };
    model_fixture_open_own(fixture, "order_summary");
    begin_order(fixture);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        feed(fixture, "order/O-1", (int64_t)i + 4, steps[i].type, steps[i].data);
        assert_string_equal(
            model_fixture_rows(fixture, "SELECT status, version FROM order_summary"),
            steps[i].status);
    }
}

static void order_history_describes_each_event_in_a_sentence(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open_own(fixture, "order_history");
    begin_order(fixture);
    feed(fixture, "order/O-1", 4, "order.item.removed.v1", LINE_2);
    feed(fixture, "order/O-1", 5, "order.placed.v1", PLACED("C-1", DAY_1, LINE_1, "3750"));
    feed(fixture, "order/O-1", 6, "order.payment.received.v1",
         "{\"amount\":3750,\"currency\":\"EUR\",\"method\":\"card\",\"reference\":\"R-1\"}");
    feed(fixture, "order/O-1", 7, "order.confirmed.v1", "{\"customerId\":\"C-1\"}");
    feed(fixture, "order/O-1", 8, "order.shipped.v1",
         "{\"carrier\":\"UPS\",\"trackingNumber\":\"1Z\",\"items\":[]}");
    feed(fixture, "order/O-1", 9, "order.delivered.v1", "{\"customerId\":\"C-1\"}");
    feed(fixture, "order/O-1", 10, "order.cancelled.v1",
         CANCELLED("C-1", DAY_1, LINE_1, "3750", "true"));
    assert_string_equal(
        model_fixture_rows(fixture, "SELECT version, event_type, what FROM order_history"),
        "1|order.created.v1|created for customer C-1 in EUR\n"
        "2|order.item.added.v1|3 × P-7 added at 12.50 EUR\n"
        "3|order.item.added.v1|1 × P-8 added at 0.05 EUR\n"
        "4|order.item.removed.v1|1 × P-8 removed at 0.05 EUR\n"
        "5|order.placed.v1|placed: 1 line, 37.50 EUR in all\n"
        "6|order.payment.received.v1|37.50 EUR paid by card, reference R-1\n"
        "7|order.confirmed.v1|confirmed\n"
        "8|order.shipped.v1|shipped with UPS, tracking number 1Z\n"
        "9|order.delivered.v1|delivered\n"
        "10|order.cancelled.v1|cancelled: too late\n");
}

static void order_history_writes_amounts_with_the_decimals_of_the_currency(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open_own(fixture, "order_history");
    static const char *const currencies[] = {"JPY", "KWD", "CLF", "USD"};
    for (size_t i = 0; i < 4; i++) {
        AUTO(text) struct text stream = {0}, created = {0};
        text_printf(&stream, "order/O-%zu", i);
        text_printf(&created,
                    "{\"customerId\":\"C-1\",\"currency\":\"%s\",\"orderedAt\":\"" DAY_1 "\"}",
                    currencies[i]);
        feed(fixture, stream.at, 1, "order.created.v1", created.at);
        feed(fixture, stream.at, 2, "order.item.added.v1",
             "{\"line\":1,\"productId\":\"P\",\"quantity\":1,\"unitPrice\":1000000000007}");
    }
    assert_string_equal(
        model_fixture_rows(fixture, "SELECT what FROM order_history WHERE version = 2"),
        "1 × P added at 1000000000007 JPY\n"
        "1 × P added at 1000000000.007 KWD\n"
        "1 × P added at 100000000.0007 CLF\n"
        "1 × P added at 10000000000.07 USD\n");
}

static const char *customers(struct model_fixture *fixture)
{
    return model_fixture_rows(fixture, "SELECT customer_id, currency, orders, total, last_order_at "
                                       "FROM customer_orders");
}

static void customer_orders_take_a_cancelled_order_back(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open_own(fixture, "customer_orders");
    feed(fixture, "order/O-1", 2, "order.placed.v1", PLACED("C-1", DAY_1, LINE_1, "3750"));
    feed(fixture, "order/O-2", 2, "order.placed.v1", PLACED("C-1", DAY_2, LINE_2, "5"));
    assert_string_equal(customers(fixture), "C-1|EUR|2|3755|" DAY_2 "\n");
    feed(fixture, "order/O-2", 3, "order.cancelled.v1",
         CANCELLED("C-1", DAY_2, LINE_2, "5", "true"));
    assert_string_equal(customers(fixture), "C-1|EUR|1|3750|" DAY_1 "\n");
    feed(fixture, "order/O-1", 3, "order.cancelled.v1",
         CANCELLED("C-1", DAY_1, LINE_1, "3750", "true"));
    assert_string_equal(customers(fixture), "");
    assert_string_equal(model_fixture_rows(fixture, "SELECT count(*) FROM customer_order_times"),
                        "0\n");
}

static void customer_orders_keep_the_newest_when_an_older_one_is_placed_or_cancelled(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open_own(fixture, "customer_orders");
    feed(fixture, "order/O-2", 2, "order.placed.v1", PLACED("C-1", DAY_2, LINE_2, "5"));
    feed(fixture, "order/O-1", 2, "order.placed.v1", PLACED("C-1", DAY_1, LINE_1, "3750"));
    assert_string_equal(customers(fixture), "C-1|EUR|2|3755|" DAY_2 "\n");
    feed(fixture, "order/O-1", 3, "order.cancelled.v1",
         CANCELLED("C-1", DAY_1, LINE_1, "3750", "true"));
    assert_string_equal(customers(fixture), "C-1|EUR|1|5|" DAY_2 "\n");
}

static void sales_ignore_the_cancellation_of_an_order_that_was_never_placed(void **state)
{
    struct model_fixture *fixture = *state;
    static const char *const models[] = {"customer_orders", "product_sales", "daily_sales"};
    for (size_t i = 0; i < 3; i++) {
        AUTO(text) struct text sql = {0}, before = {0};
        text_printf(&sql, "SELECT * FROM %s", models[i]);
        model_fixture_open_own(fixture, models[i]);
        feed(fixture, "order/O-1", 2, "order.placed.v1", PLACED("C-1", DAY_1, LINE_1, "3750"));
        text_add(&before, model_fixture_rows(fixture, sql.at));
        assert_true(before.length > 0);
        feed(fixture, "order/O-2", 3, "order.cancelled.v1",
             CANCELLED("C-1", DAY_1, LINE_1, "3750", "false"));
        assert_string_equal(model_fixture_rows(fixture, sql.at), before.at);
    }
}

static void product_sales_add_up_lines_of_one_product(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open_own(fixture, "product_sales");
    feed(fixture, "order/O-1", 2, "order.placed.v1",
         PLACED("C-1", DAY_1, LINE_1 "," LINE_2 "," LINE_1, "7505"));
    assert_string_equal(model_fixture_rows(fixture, "SELECT * FROM product_sales"),
                        "P-7|EUR|6|7500\nP-8|EUR|1|5\n");
    feed(fixture, "order/O-2", 2, "order.placed.v1", PLACED("C-2", DAY_1, LINE_1, "3750"));
    feed(fixture, "order/O-1", 3, "order.cancelled.v1",
         CANCELLED("C-1", DAY_1, LINE_1 "," LINE_2 "," LINE_1, "7505", "true"));
    assert_string_equal(model_fixture_rows(fixture, "SELECT * FROM product_sales"),
                        "P-7|EUR|3|3750\n");
}

static void daily_sales_count_on_the_utc_day_of_the_order(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open_own(fixture, "daily_sales");
    feed(fixture, "order/O-1", 2, "order.placed.v1", PLACED("C-1", DAY_1, LINE_1, "3750"));
    feed(fixture, "order/O-2", 2, "order.placed.v1", PLACED("C-2", DAY_2, LINE_2, "5"));
    feed(fixture, "order/O-3", 2, "order.placed.v1", PLACED("C-3", DAY_2, LINE_2, "5"));
    assert_string_equal(model_fixture_rows(fixture, "SELECT * FROM daily_sales"),
                        "2026-11-01|EUR|1|3750\n2026-11-02|EUR|2|10\n");
    feed(fixture, "order/O-1", 3, "order.cancelled.v1",
         CANCELLED("C-1", DAY_1, LINE_1, "3750", "true"));
    feed(fixture, "order/O-2", 3, "order.cancelled.v1",
         CANCELLED("C-2", DAY_2, LINE_2, "5", "true"));
    assert_string_equal(model_fixture_rows(fixture, "SELECT * FROM daily_sales"),
                        "2026-11-02|EUR|1|5\n");
}

static void stock_levels_follow_reservations(void **state)
{
    struct model_fixture *fixture = *state;
    const char *sql = "SELECT product_id, name, on_hand, reserved, available FROM stock_levels";
    model_fixture_open_own(fixture, "stock_levels");
    feed(fixture, "inventory/P-7", 1, "inventory.received.v1", "{\"quantity\":10}");
    assert_string_equal(model_fixture_rows(fixture, sql), "P-7|NULL|10|0|10\n");
    feed(fixture, "inventory/P-7", 2, "inventory.received.v1", "{\"quantity\":5,\"name\":\"Tea\"}");
    feed(fixture, "inventory/P-7", 3, "inventory.received.v1", "{\"quantity\":1}");
    feed(fixture, "inventory/P-7", 4, "inventory.reserved.v1",
         "{\"orderId\":\"O-1\",\"quantity\":6}");
    feed(fixture, "inventory/P-7", 5, "inventory.reserved.v1",
         "{\"orderId\":\"O-2\",\"quantity\":4}");
    assert_string_equal(model_fixture_rows(fixture, sql), "P-7|Tea|16|10|6\n");
    feed(fixture, "inventory/P-7", 6, "inventory.released.v1",
         "{\"orderId\":\"O-2\",\"quantity\":4}");
    feed(fixture, "inventory/P-7", 7, "inventory.shipped.v1",
         "{\"orderId\":\"O-1\",\"quantity\":6}");
    assert_string_equal(model_fixture_rows(fixture, sql), "P-7|Tea|10|0|10\n");
}

static void every_shipped_model_has_a_table_of_its_name_and_a_query(void **state)
{
    struct model_fixture *fixture = *state;
    AUTO(models) struct models *models = NULL;
    assert_ok(models_open(shop.read_models, NULL, fixture->catalogue, &models, &error));
    assert_int_equal(models_count(models), 7);
    for (size_t i = 0; i < models_count(models); i++) {
        const struct model *model = models_at(models, i);
        size_t tables = 0, queries = 0;
        assert_string_equal(model_tables(model, &tables)[0].name, model_name(model));
        (void)model_queries(model, &queries);
        assert_true(queries >= 1);
    }
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, over_the_shop, model_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(every_shipped_model_has_a_table_of_its_name_and_a_query),
        CLAIM(order_summary_adds_up_the_lines),
        CLAIM(order_summary_follows_every_status),
        CLAIM(order_history_describes_each_event_in_a_sentence),
        CLAIM(order_history_writes_amounts_with_the_decimals_of_the_currency),
        CLAIM(customer_orders_take_a_cancelled_order_back),
        CLAIM(customer_orders_keep_the_newest_when_an_older_one_is_placed_or_cancelled),
        CLAIM(sales_ignore_the_cancellation_of_an_order_that_was_never_placed),
        CLAIM(product_sales_add_up_lines_of_one_product),
        CLAIM(daily_sales_count_on_the_utc_day_of_the_order),
        CLAIM(stock_levels_follow_reservations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
